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

void payload_free(struct payload *payload)
{
    free(payload);
}
