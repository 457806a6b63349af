/* pb.h - unpacking by protobuf-c, with its two kinds of failure told apart.
 * Layer: raftcore; inner. */
#ifndef RAFTCORE_PB_H
#define RAFTCORE_PB_H

#include "raftcore/bytes.h"
#include "raftcore/error.h"
#include "raftcore/raftpb.pb-c.h"

/* Return the message, for pb_discard(). NULL: *error is RC_MALFORMED or
 * RC_NO_MEMORY. */
ProtobufCMessage *pb_unpack(const ProtobufCMessageDescriptor *type,
                            struct rc_bytes bytes, enum rc_error *error);
void pb_discard(ProtobufCMessage *message);

#endif
