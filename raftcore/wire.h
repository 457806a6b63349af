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

/* The caller frees what they return (bytes_free). */
struct bytes wire_encode_message(const struct message *m);
struct bytes wire_encode_entry(const struct entry *entry);
struct bytes wire_encode_snapshot(const struct snapshot *snapshot);
struct bytes wire_encode_hard_state(struct hard_state hs);
struct bytes wire_encode_conf_state(const struct conf_state *cs);

/* On CORE_OK the caller releases what was decoded; else CORE_MALFORMED or
 * CORE_NO_MEMORY, and there is nothing. Types are what the bytes say, known or
 * not: rawnode_step() refuses those that it does not know. */
enum core_error wire_decode_message(struct bytes bytes, struct message *m);
enum core_error wire_decode_entry(struct bytes bytes, struct entry *entry);
enum core_error wire_decode_snapshot(struct bytes bytes,
                                     struct snapshot **snapshot);
enum core_error wire_decode_hard_state(struct bytes bytes,
                                       struct hard_state *hs);
enum core_error wire_decode_conf_state(struct bytes bytes,
                                       struct conf_state *cs);

#endif
