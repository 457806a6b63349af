/* inflights.h - messages with entries that were sent and not acknowledged.
 * Layer: raftcore. Specification, section 3.5. */
#ifndef RAFTCORE_INFLIGHTS_H
#define RAFTCORE_INFLIGHTS_H

#include <stdbool.h>
#include <stdint.h>

struct inflight {
    uint64_t index, bytes; /* of the last entry; of all its data */
};

/* A ring that grows as needed, up to limit: the limit may be 2^31. */
struct inflights {
    uint64_t limit;
    uint64_t bytes_limit; /* one message may cross it; 0: none */
    uint64_t bytes;
    uint32_t start, count, room;
    struct inflight *ring;
};

/* None under way; keeps the memory. */
void inflights_reset(struct inflights *in);
void inflights_release(struct inflights *in);
void inflights_copy(struct inflights *to, const struct inflights *from);

bool inflights_full(const struct inflights *in);
void inflights_add(struct inflights *in, uint64_t index, uint64_t bytes);

/* All with this index or a lower one have arrived. */
void inflights_free_le(struct inflights *in, uint64_t index);

#endif
