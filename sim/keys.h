/* keys.h - thread keys and their values.
 * Layer: sim, internal. One OS thread. calls/keys.c gives them out as
 * pthread_key_t. Values lie in the framework's heap, with their thread. */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include <stdbool.h>

struct sim_node;
struct thread;

/* A new key of the current thread's server, from 0 on; -1: none is left. A
 * thread that ends by itself calls destructor (NULL: none) with each value
 * that is not NULL. */
int keys_new(void (*destructor)(void *));

/* Delete a key; no destructor runs. False if there is no such key. */
bool keys_delete(unsigned key);

/* The current thread's value of a key; NULL if it has set none. */
void *keys_get(unsigned key);

/* Set it. False if there is no such key. */
bool keys_set(unsigned key, void *value);

/* Run the destructors of a thread that ends by itself. */
void keys_run_destructors(struct thread *thread);

/* Free a thread's values without destructors: it has ended or was killed. */
void keys_release(struct thread *thread);

/* Delete the keys of a server that crashed; no destructor runs. */
void keys_forget_node(const struct sim_node *node);

/* Delete all keys, between runs. */
void keys_clear(void);

#endif
