/* store.h - the tester's side of persisters.
 * Layer: persister; includes base and sim. Any thread. */
#ifndef PERSISTER_STORE_H
#define PERSISTER_STORE_H

#include "persister/persister.h"

/* Create a persister that holds nothing, in the framework's heap: it outlives
 * the crashes of its server. */
struct persister *persister_new(void);

/* Create a persister with the same content. A later save into either does not
 * show in the other: after a crash the next instance gets a copy, so that it
 * never sees what its predecessor still writes. */
struct persister *persister_copy(struct persister *ps);

/* Free a persister that no server uses any more. */
void persister_free(struct persister *ps);

/* Return the number of saves into this object so far. */
uint64_t persister_saves(const struct persister *ps);

#endif
