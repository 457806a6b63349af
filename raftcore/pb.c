/* pb.c - protobuf-c as raftcore uses it.
 * Layer: raftcore. */
#include "raftcore/pb.h"

#include <stdlib.h>

#include "base/assert.h"

/* protobuf-c returns NULL for malformed bytes and for lack of memory alike.
 * This tells one from the other. */
static void *note_alloc(void *failed, size_t size)
{
    void *memory = malloc(size);
    if (!memory) {
        *(bool *)failed = true;
    }
    return memory;
}

static void plain_free(void *unused, void *memory)
{
    (void)unused;
    free(memory);
}

ProtobufCMessage *pb_unpack(const ProtobufCMessageDescriptor *type,
                            struct rc_bytes bytes, enum rc_error *error)
{
    bool failed = false;
    ProtobufCAllocator allocator = {note_alloc, plain_free, &failed};
    ProtobufCMessage *message =
        protobuf_c_message_unpack(type, &allocator, bytes.size, bytes.data);
    *error = message ? RC_OK : failed ? RC_NO_MEMORY : RC_MALFORMED;
    LAB_ASSERT(!message == (*error != RC_OK));
    return message;
}

void pb_discard(ProtobufCMessage *message)
{
    protobuf_c_message_free_unpacked(message, NULL);
}
