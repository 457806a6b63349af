/* ids.c - sets of node ids, in ascending order.
 * Layer: raftcore. */
#include "raftcore/ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

void rc_ids_release(struct rc_ids *ids)
{
    free(ids->at);
    *ids = (struct rc_ids){NULL, 0, 0};
}

void rc_ids_copy(struct rc_ids *to, const struct rc_ids *from)
{
    *to = (struct rc_ids){NULL, from->count, from->count};
    if (from->count > 0) {
        to->at = lab_xmalloc(from->count * sizeof(*to->at));
        memcpy(to->at, from->at, from->count * sizeof(*to->at));
    }
}

/* The position of id in the set, or where it would be inserted. */
static size_t place_of(const struct rc_ids *ids, uint64_t id)
{
    size_t low = 0, high = ids->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ids->at[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool rc_ids_has(const struct rc_ids *ids, uint64_t id)
{
    size_t place = place_of(ids, id);
    return place < ids->count && ids->at[place] == id;
}

void rc_ids_append(struct rc_ids *ids, uint64_t id)
{
    if (ids->count == ids->room) {
        ids->room = ids->room ? 2 * ids->room : 4;
        ids->at = lab_xrealloc(ids->at, ids->room * sizeof(*ids->at));
    }
    ids->at[ids->count++] = id;
}

bool rc_ids_add(struct rc_ids *ids, uint64_t id)
{
    size_t place = place_of(ids, id);
    if (place < ids->count && ids->at[place] == id) {
        return false;
    }
    rc_ids_append(ids, id); /* for the room */
    LAB_ASSERT(place < ids->count);
    memmove(ids->at + place + 1, ids->at + place,
            (ids->count - 1 - place) * sizeof(*ids->at));
    ids->at[place] = id;
    return true;
}

bool rc_ids_remove(struct rc_ids *ids, uint64_t id)
{
    size_t place = place_of(ids, id);
    if (place == ids->count || ids->at[place] != id) {
        return false;
    }
    ids->count--;
    memmove(ids->at + place, ids->at + place + 1,
            (ids->count - place) * sizeof(*ids->at));
    LAB_ASSERT(!rc_ids_has(ids, id));
    return true;
}

/* memcmp() must not get NULL, which empty sets may have. */
bool rc_ids_equal(const struct rc_ids *a, const struct rc_ids *b)
{
    return a->count == b->count &&
           (a->count == 0 ||
            memcmp(a->at, b->at, a->count * sizeof(*a->at)) == 0);
}

static int ascending(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

void rc_ids_sort(struct rc_ids *ids)
{
    if (ids->count > 0) {
        qsort(ids->at, ids->count, sizeof(*ids->at), ascending);
    }
}
