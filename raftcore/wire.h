/* wire.h - messages, entries and states as bytes.
 * Layer: raftcore. Specification, section 1.
 *
 * Every number of an entry is written, as generators of both styles read it.
 * Decoding takes bytes from anywhere: what is not there is zero, what is not
 * known is skipped, and lists of numbers may be packed. */
#ifndef RAFTCORE_WIRE_H
#define RAFTCORE_WIRE_H

#include "raftcore/error.h"
#include "raftcore/message.h"

/* The caller frees what they return (rc_bytes_free). */
struct rc_bytes rc_wire_encode_message(const struct rc_message *m);
struct rc_bytes rc_wire_encode_entry(const struct rc_entry *entry);
struct rc_bytes rc_wire_encode_snapshot(const struct rc_snapshot *snapshot);
struct rc_bytes rc_wire_encode_hard_state(struct rc_hard_state hs);
struct rc_bytes rc_wire_encode_conf_state(const struct rc_conf_state *cs);

/* On RC_OK the caller releases what was decoded; else RC_MALFORMED or
 * RC_NO_MEMORY, and there is nothing. Types are what the bytes say, known or
 * not: rc_rawnode_step() refuses those that it does not know. */
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
