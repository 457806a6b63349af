/* context.h - the chain of calls that an access is in, as a number.
 * Layer: sim, internal to race/.
 *
 * Contexts form a tree: each is its parent and the return address of a call.
 * 0 is the root. */
#ifndef SIM_RACE_CONTEXT_H
#define SIM_RACE_CONTEXT_H

#include <stdint.h>

/* Return the context of a call at pc in a context; the parent itself if there
 * are too many. */
uint32_t race_context_enter(uint32_t parent, const void *pc);

/* Return the address of the call, and the context that it is in. */
const void *race_context_pc(uint32_t context, uint32_t *parent);

/* Forget all. */
void race_context_clear(void);

#endif
