/* memory.h - the last accesses to each byte, and the objects in memory.
 * Layer: sim, internal to race/. */
#ifndef SIM_RACE_MEMORY_H
#define SIM_RACE_MEMORY_H

#include "sim/race/state.h"

/* The current thread accesses bytes [address, address + size), from code at
 * pc. Ends the run if that is a race. Nothing for a thread that is not
 * watched. May be a scheduling point. */
void race_access(const void *address, size_t size, enum race_kind kind,
                 const void *pc);

/* Return the record of an object, creating it at first use. */
struct race_sync *race_sync_of(struct race_thread *me, const void *object);

/* Forget what is known of a list of pages, and the pages. */
void race_pages_drop(struct race_page **list);

/* Forget all. */
void race_memory_clear(void);

#endif
