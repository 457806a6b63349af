/* payload.c - bytes that several hold.
 * Layer: raftcore. */
#include "raftcore/payload.h"

#include <stdlib.h>
#include <string.h>

struct payload *payload_new(size_t size)
{
    struct payload *payload = size <= SIZE_MAX - sizeof(*payload)
                                  ? malloc(sizeof(*payload) + size)
                                  : NULL;
    if (payload) {
        atomic_init(&payload->holders, 1);
        payload->size = size;
    }
    return payload;
}

struct payload *payload_of(struct bytes bytes)
{
    struct payload *payload = payload_new(bytes.size);
    if (payload && bytes.size > 0) {
        memcpy(payload->bytes, bytes.data, bytes.size);
    }
    return payload;
}

struct payload *payload_share(struct payload *payload)
{
    if (payload) {
        atomic_fetch_add_explicit(&payload->holders, 1, memory_order_relaxed);
    }
    return payload;
}

void payload_drop(struct payload *payload)
{
    if (payload && atomic_fetch_sub_explicit(&payload->holders, 1,
                                             memory_order_acq_rel) == 1) {
        free(payload);
    }
}

struct bytes payload_bytes(const struct payload *payload)
{
    return payload ? bytes_of(payload->bytes, payload->size)
                   : bytes_of(NULL, 0);
}
