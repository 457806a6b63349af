/* inflights.h - the window of messages that were sent to a member with entries
 * and are not acknowledged.
 * Layer: raftcore. docs/raftcore-spec.md §3.5; etcd: tracker.Inflights. */
#ifndef RAFTCORE_INFLIGHTS_H
#define RAFTCORE_INFLIGHTS_H

#include <stdbool.h>
#include <stdint.h>

struct rc_inflight {
    uint64_t index; /* of the message's last entry */
    uint64_t bytes; /* of its entries' data */
};

/* A ring, which grows as needed up to limit: that may be 2^31. */
struct rc_inflights {
    uint64_t limit;       /* messages */
    uint64_t bytes_limit; /* of data; one message may exceed it; 0: none */
    uint64_t bytes;       /* of all in the window */
    uint32_t start, count, room;
    struct rc_inflight *ring; /* owned */
};

/* Empty the window, keeping its memory; and free that. */
void rc_inflights_reset(struct rc_inflights *in);
void rc_inflights_release(struct rc_inflights *in);

/* Overwrite *to by a copy that the caller releases. */
void rc_inflights_copy(struct rc_inflights *to,
                       const struct rc_inflights *from);

/* Return true if no more may be sent. Adding then is a broken invariant. */
bool rc_inflights_full(const struct rc_inflights *in);
void rc_inflights_add(struct rc_inflights *in, uint64_t index, uint64_t bytes);

/* Remove the messages whose index is at most this one. */
void rc_inflights_free_le(struct rc_inflights *in, uint64_t index);

#endif
