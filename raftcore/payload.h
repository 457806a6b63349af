/* payload.h - bytes that several hold: the data of entries, contexts.
 * Layer: raftcore. Holders may be on different threads. */
#ifndef RAFTCORE_PAYLOAD_H
#define RAFTCORE_PAYLOAD_H

#include "base/bytes.h"
#include "raftcore/holders.h"

/* NULL: none at all, which is not the same as no bytes for a configuration
 * change. The bytes never change once there are two holders. */
struct payload {
    atomic_size_t holders;
    size_t size;
    uint8_t bytes[];
};

/* One holder, the caller; bytes to be written. NULL: out of memory. */
struct payload *payload_new(size_t size);

/* A copy of these bytes. NULL: out of memory. */
struct payload *payload_of(struct bytes bytes);

void payload_free(struct payload *payload); /* of nobody's */

/* One holder more, or less; NULL is fine for both. */
static inline struct payload *payload_share(struct payload *payload)
{
    if (payload) {
        holders_add(&payload->holders);
    }
    return payload;
}

static inline void payload_drop(struct payload *payload)
{
    if (payload && holders_drop(&payload->holders)) {
        payload_free(payload);
    }
}

/* Borrowed. */
static inline struct bytes payload_bytes(const struct payload *payload)
{
    return payload ? (struct bytes){(uint8_t *)payload->bytes, payload->size}
                   : (struct bytes){NULL, 0};
}

#endif
