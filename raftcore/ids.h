/* ids.h - sets and lists of node ids.
 * Layer: raftcore. */
#ifndef RAFTCORE_IDS_H
#define RAFTCORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: empty. Functions that search need the ids in ascending order, which
 * rc_ids_add() keeps. */
struct rc_ids {
    uint64_t *at; /* owned */
    size_t count, room;
};

/* Free what *ids holds and make it empty. */
void rc_ids_release(struct rc_ids *ids);

/* Overwrite *to, which holds nothing, by a copy that the caller releases. */
void rc_ids_copy(struct rc_ids *to, const struct rc_ids *from);

bool rc_ids_has(const struct rc_ids *ids, uint64_t id);
bool rc_ids_add(struct rc_ids *ids, uint64_t id);    /* false: it was there */
bool rc_ids_remove(struct rc_ids *ids, uint64_t id); /* false: it was not */

/* The same ids in the same order. */
bool rc_ids_equal(const struct rc_ids *a, const struct rc_ids *b);

/* For lists in any order: add behind the others; sort. */
void rc_ids_append(struct rc_ids *ids, uint64_t id);
void rc_ids_sort(struct rc_ids *ids);

#endif
