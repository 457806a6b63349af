/* store.h - the tester's side of persisters.
 * Layer: persister; includes base and sim. */
#ifndef PERSISTER_STORE_H
#define PERSISTER_STORE_H

#include "persister/persister.h"

/* A persister that holds nothing. Lives in the framework's heap. */
struct persister *persister_new(void);

/* A new persister with the same content; later saves into either do not show
 * in the other. A crash takes a copy, so that nothing a dying server still
 * writes can be seen by its successor. */
struct persister *persister_copy(struct persister *ps);

void persister_free(struct persister *ps);

/* Saves so far, of this object. */
uint64_t persister_saves(const struct persister *ps);

#endif
