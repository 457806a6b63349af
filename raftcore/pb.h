/* pb.h - protobuf-c as raftcore uses it.
 * Layer: raftcore; inner. */
#ifndef RAFTCORE_PB_H
#define RAFTCORE_PB_H

#include "raftcore/bytes.h"
#include "raftcore/error.h"
#include "raftcore/raftpb.pb-c.h"

/* NULL: *error is RC_MALFORMED or RC_NO_MEMORY, which protobuf-c itself
 * does not tell apart. Else RC_OK, and pb_discard() it. */
ProtobufCMessage *pb_unpack(const ProtobufCMessageDescriptor *type,
                            struct rc_bytes bytes, enum rc_error *error);
void pb_discard(ProtobufCMessage *message);

#endif
