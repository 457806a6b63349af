/* wire.h - messages, entries and states as bytes, in etcd's protobuf schema.
 * Layer: raftcore. Any thread. docs/raftcore-spec.md §1; raftpb.proto.
 *
 * Compatible with etcd's raftpb of both generators: all numbers of an entry are
 * written; a decoder takes missing fields as zero, skips unknown ones, and
 * takes lists of numbers packed or not. Bytes may be anything. */
#ifndef RAFTCORE_WIRE_H
#define RAFTCORE_WIRE_H

#include "raftcore/error.h"
#include "raftcore/message.h"

/* The caller frees the result by rc_bytes_free(). */
struct rc_bytes rc_wire_encode_message(const struct rc_message *m);
struct rc_bytes rc_wire_encode_entry(const struct rc_entry *entry);
struct rc_bytes rc_wire_encode_snapshot(const struct rc_snapshot *snapshot);
struct rc_bytes rc_wire_encode_hard_state(struct rc_hard_state hs);
struct rc_bytes rc_wire_encode_conf_state(const struct rc_conf_state *cs);

/* On RC_OK the result is the caller's to release. RC_MALFORMED, RC_NO_MEMORY:
 * there is none. Types are what the bytes say, known or not: rc_rawnode_step()
 * rejects unknown ones. */
enum rc_error rc_wire_decode_message(struct rc_bytes bytes,
                                     struct rc_message *m);
enum rc_error rc_wire_decode_entry(struct rc_bytes bytes,
                                   struct rc_entry *entry);
enum rc_error rc_wire_decode_snapshot(struct rc_bytes bytes,
                                      struct rc_snapshot **snapshot);
enum rc_error rc_wire_decode_hard_state(struct rc_bytes bytes,
                                        struct rc_hard_state *hs);
enum rc_error rc_wire_decode_conf_state(struct rc_bytes bytes,
                                        struct rc_conf_state *cs);

#endif
