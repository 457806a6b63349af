/* payload.c - shared bytes.
 * Layer: raftcore. */
#include "raftcore/payload.h"

#include <stdlib.h>
#include <string.h>

struct rc_payload *rc_payload_new(size_t size)
{
    /* The size may come from a message, and the sum must not wrap. */
    struct rc_payload *payload = size <= SIZE_MAX - sizeof(*payload)
                                     ? malloc(sizeof(*payload) + size)
                                     : NULL;
    if (payload) {
        payload->refcount = 1;
        payload->size = size;
    }
    return payload;
}

struct rc_payload *rc_payload_of(struct rc_bytes bytes)
{
    struct rc_payload *payload = rc_payload_new(bytes.size);
    if (payload && bytes.size > 0) {
        memcpy(payload->bytes, bytes.data, bytes.size);
    }
    return payload;
}

void rc_payload_free(struct rc_payload *payload)
{
    free(payload);
}
