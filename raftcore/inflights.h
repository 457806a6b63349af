/* inflights.h - messages with entries that were sent and not acknowledged.
 * Layer: raftcore. Specification, section 3.5. */
#ifndef RAFTCORE_INFLIGHTS_H
#define RAFTCORE_INFLIGHTS_H

#include <stdbool.h>
#include <stdint.h>

struct rc_inflight {
    uint64_t index, bytes; /* of the last entry; of all its data */
};

/* A ring that grows as needed, up to limit: the limit may be 2^31. */
struct rc_inflights {
    uint64_t limit;
    uint64_t bytes_limit; /* one message may cross it; 0: none */
    uint64_t bytes;
    uint32_t start, count, room;
    struct rc_inflight *ring;
};

/* None under way; keeps the memory. */
void rc_inflights_reset(struct rc_inflights *in);
void rc_inflights_release(struct rc_inflights *in);
void rc_inflights_copy(struct rc_inflights *to,
                       const struct rc_inflights *from);

bool rc_inflights_full(const struct rc_inflights *in);
void rc_inflights_add(struct rc_inflights *in, uint64_t index, uint64_t bytes);

/* All with this index or a lower one have arrived. */
void rc_inflights_free_le(struct rc_inflights *in, uint64_t index);

#endif
