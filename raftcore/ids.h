/* ids.h - sets of node ids, in ascending order.
 * Layer: raftcore. */
#ifndef RAFTCORE_IDS_H
#define RAFTCORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: empty. */
struct ids {
    uint64_t *at;
    size_t count, room;
};
void ids_release(struct ids *ids);
void ids_copy(struct ids *to, const struct ids *from); /* to: was released */
bool ids_has(const struct ids *ids, uint64_t id);
bool ids_add(struct ids *ids, uint64_t id);    /* false: it was there */
bool ids_remove(struct ids *ids, uint64_t id); /* false: it was not */
bool ids_equal(const struct ids *a, const struct ids *b);

/* Behind the others, whatever the order: for lists. */
void ids_append(struct ids *ids, uint64_t id);
void ids_sort(struct ids *ids);

#endif
