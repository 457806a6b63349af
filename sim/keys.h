/* keys.h - thread keys, as far as the rest of sim/ needs them.
 * Layer: sim, internal. */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

struct sim_node;

/* Keys of a server that crashed are deleted; no destructor runs. */
void keys_forget_node(const struct sim_node *node);

/* All keys, between runs. */
void keys_clear(void);

#endif
