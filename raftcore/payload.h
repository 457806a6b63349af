/* payload.h - bytes that several hold: the data of entries, contexts.
 * Layer: raftcore. Holders may be on different threads. */
#ifndef RAFTCORE_PAYLOAD_H
#define RAFTCORE_PAYLOAD_H

#include "raftcore/bytes.h"
#include "raftcore/refcount.h"

/* NULL: none at all, which is not the same as no bytes for a configuration
 * change. The bytes never change once there are two references. */
struct rc_payload {
    size_t refcount;
    size_t size;
    uint8_t bytes[];
};

/* One holder, the caller; bytes to be written. NULL: out of memory. */
struct rc_payload *rc_payload_new(size_t size);

/* A copy of these bytes. NULL: out of memory. */
struct rc_payload *rc_payload_of(struct rc_bytes bytes);

void rc_payload_free(struct rc_payload *payload); /* of nobody's */

/* One holder more, or less; NULL is fine for both. */
static inline struct rc_payload *rc_payload_share(struct rc_payload *payload)
{
    if (payload) {
        rc_refcount_add(&payload->refcount);
    }
    return payload;
}

static inline void rc_payload_drop(struct rc_payload *payload)
{
    if (payload && rc_refcount_drop(&payload->refcount)) {
        rc_payload_free(payload);
    }
}

/* Borrowed. */
static inline struct rc_bytes rc_payload_bytes(const struct rc_payload *payload)
{
    return payload ? (struct rc_bytes){(uint8_t *)payload->bytes, payload->size}
                   : (struct rc_bytes){NULL, 0};
}

#endif
