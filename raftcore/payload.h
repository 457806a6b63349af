/* payload.h - shared bytes: the data of entries and snapshots, contexts.
 * Layer: raftcore. References to one payload may be on different threads. */
#ifndef RAFTCORE_PAYLOAD_H
#define RAFTCORE_PAYLOAD_H

#include "raftcore/bytes.h"
#include "raftcore/refcount.h"

/* The bytes never change once there are two references. Where a payload is
 * optional NULL is none: to a change of the configuration that is not the same
 * as no bytes. */
struct rc_payload {
    size_t refcount;
    size_t size;
    uint8_t bytes[];
};

/* Make a payload with one reference, the caller's, who may write the bytes.
 * NULL: out of memory. */
struct rc_payload *rc_payload_new(size_t size);

/* Make a payload with a copy of these bytes. NULL: out of memory. */
struct rc_payload *rc_payload_of(struct rc_bytes bytes);

/* For rc_payload_drop(): free a payload without references. */
void rc_payload_free(struct rc_payload *payload);

/* Add a reference and return the payload; NULL for NULL. */
static inline struct rc_payload *rc_payload_share(struct rc_payload *payload)
{
    if (payload) {
        rc_refcount_add(&payload->refcount);
    }
    return payload;
}

/* Drop a reference; nothing for NULL. */
static inline void rc_payload_drop(struct rc_payload *payload)
{
    if (payload && rc_refcount_drop(&payload->refcount)) {
        rc_payload_free(payload);
    }
}

/* Return the bytes, borrowed; no bytes for NULL. */
static inline struct rc_bytes rc_payload_bytes(const struct rc_payload *payload)
{
    return payload ? (struct rc_bytes){(uint8_t *)payload->bytes, payload->size}
                   : (struct rc_bytes){NULL, 0};
}

#endif
