/* ids.h - sets of node ids, in ascending order.
 * Layer: raftcore. */
#ifndef RAFTCORE_IDS_H
#define RAFTCORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: empty. */
struct rc_ids {
    uint64_t *at;
    size_t count, room;
};
void rc_ids_release(struct rc_ids *ids);
void rc_ids_copy(struct rc_ids *to,
                 const struct rc_ids *from); /* to: was released */
bool rc_ids_has(const struct rc_ids *ids, uint64_t id);
bool rc_ids_add(struct rc_ids *ids, uint64_t id);    /* false: it was there */
bool rc_ids_remove(struct rc_ids *ids, uint64_t id); /* false: it was not */
bool rc_ids_equal(const struct rc_ids *a, const struct rc_ids *b);

/* Behind the others, whatever the order: for lists. */
void rc_ids_append(struct rc_ids *ids, uint64_t id);
void rc_ids_sort(struct rc_ids *ids);

#endif
