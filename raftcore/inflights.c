/* inflights.c - messages with entries that were sent and not acknowledged.
 * Layer: raftcore. docs/raftcore-spec.md §3.5; etcd's tracker/inflights.go. */
#include "raftcore/inflights.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/fatal.h"

void rc_inflights_reset(struct rc_inflights *in)
{
    in->start = in->count = 0;
    in->bytes = 0;
}

void rc_inflights_release(struct rc_inflights *in)
{
    free(in->ring);
    in->ring = NULL;
    in->room = 0;
    rc_inflights_reset(in);
}

bool rc_inflights_full(const struct rc_inflights *in)
{
    return in->count == in->limit ||
           (in->bytes_limit != 0 && in->bytes >= in->bytes_limit);
}

/* The i-th, from the oldest on. */
static struct rc_inflight *nth(const struct rc_inflights *in, uint32_t i)
{
    uint32_t place = in->start + i;
    return &in->ring[place < in->room ? place : place - in->room];
}

static struct rc_inflight *unrolled(const struct rc_inflights *in,
                                    uint32_t room)
{
    LAB_ASSERT(room >= in->count);
    struct rc_inflight *ring = lab_xmalloc(room * sizeof(*ring));
    for (uint32_t i = 0; i < in->count; i++) {
        ring[i] = *nth(in, i);
    }
    return ring;
}

void rc_inflights_copy(struct rc_inflights *to, const struct rc_inflights *from)
{
    *to = *from;
    to->room = from->count;
    to->start = 0;
    to->ring = from->count > 0 ? unrolled(from, from->count) : NULL;
    LAB_ASSERT(to->count == from->count);
}

/* By doubling: the limit may be 2^31, while most windows hold a few. */
static void grow(struct rc_inflights *in)
{
    uint64_t room = in->room > 0 ? 2 * (uint64_t)in->room : 1;
    room = room < in->limit ? room : in->limit;
    struct rc_inflight *ring = unrolled(in, (uint32_t)room);
    free(in->ring);
    in->ring = ring;
    in->room = (uint32_t)room;
    in->start = 0;
    LAB_ASSERT(in->count < in->room);
}

void rc_inflights_add(struct rc_inflights *in, uint64_t index, uint64_t bytes)
{
    if (rc_inflights_full(in)) {
        rc_fatal("cannot add into a Full inflights");
    }
    if (in->count == in->room) {
        grow(in);
    }
    in->count++;
    *nth(in, in->count - 1) = (struct rc_inflight){index, bytes};
    in->bytes += bytes;
}

/* Acknowledgements are cumulative: one of the newest message frees the window.
 */
void rc_inflights_free_le(struct rc_inflights *in, uint64_t index)
{
    while (in->count > 0 && in->ring[in->start].index <= index) {
        in->bytes -= in->ring[in->start].bytes;
        in->start = in->start + 1 < in->room ? in->start + 1 : 0;
        in->count--;
    }
    if (in->count == 0) {
        LAB_ASSERT(in->bytes == 0);
        in->start = 0;
    }
}
