/* wire_encode.c - messages, entries and states to bytes.
 * Layer: raftcore. By protobuf-c (raftpb.proto); docs/raftcore-spec.md §1. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/raftpb.pb-c.h"
#include "raftcore/wire.h"

static struct rc_bytes packed(const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    struct rc_bytes bytes = {lab_xmalloc(size + 1), size};
    size_t written = protobuf_c_message_pack(message, bytes.data);
    LAB_ASSERT(written == size);
    return bytes;
}

static ProtobufCBinaryData binary(const struct rc_payload *payload)
{
    struct rc_bytes bytes = rc_payload_bytes(payload);
    return (ProtobufCBinaryData){bytes.size, bytes.data};
}

/* ---- Entries -------------------------------------------------------------*/

/* Zero numbers are written, too: rc_entry_size() counts them, and so did etcd's
 * generator up to v3.6. */
static void fill_entry(const struct rc_entry *entry, Raftpb__Entry *pb)
{
    raftpb__entry__init(pb);
    pb->has_type = pb->has_term = pb->has_index = 1;
    pb->type = (uint64_t)entry->type;
    pb->term = entry->term;
    pb->index = entry->index;
    pb->has_data = entry->data != NULL;
    pb->data = binary(entry->data);
}

struct rc_bytes rc_wire_encode_entry(const struct rc_entry *entry)
{
    Raftpb__Entry pb;
    fill_entry(entry, &pb);
    return packed(&pb.base);
}

/* ---- States --------------------------------------------------------------*/

struct rc_bytes rc_wire_encode_hard_state(struct rc_hard_state hs)
{
    Raftpb__HardState pb = RAFTPB__HARD_STATE__INIT;
    pb.has_term = pb.has_vote = pb.has_commit = 1;
    pb.term = hs.term;
    pb.vote = hs.vote;
    pb.commit = hs.commit;
    return packed(&pb.base);
}

static void fill_conf_state(const struct rc_conf_state *cs,
                            Raftpb__ConfState *pb)
{
    raftpb__conf_state__init(pb);
    pb->n_voters = cs->voters.count;
    pb->voters = cs->voters.at;
    pb->n_learners = cs->learners.count;
    pb->learners = cs->learners.at;
    pb->n_voters_outgoing = cs->voters_outgoing.count;
    pb->voters_outgoing = cs->voters_outgoing.at;
    pb->n_learners_next = cs->learners_next.count;
    pb->learners_next = cs->learners_next.at;
    pb->has_auto_leave = 1;
    pb->auto_leave = cs->auto_leave;
}

struct rc_bytes rc_wire_encode_conf_state(const struct rc_conf_state *cs)
{
    Raftpb__ConfState pb;
    fill_conf_state(cs, &pb);
    return packed(&pb.base);
}

struct snapshot_parts {
    Raftpb__Snapshot snapshot;
    Raftpb__SnapshotMetadata metadata;
    Raftpb__ConfState conf_state;
};

static void fill_snapshot(const struct rc_snapshot *snapshot,
                          struct snapshot_parts *parts)
{
    fill_conf_state(&snapshot->conf_state, &parts->conf_state);
    raftpb__snapshot_metadata__init(&parts->metadata);
    parts->metadata.conf_state = &parts->conf_state;
    parts->metadata.has_index = parts->metadata.has_term = 1;
    parts->metadata.index = snapshot->index;
    parts->metadata.term = snapshot->term;
    raftpb__snapshot__init(&parts->snapshot);
    parts->snapshot.metadata = &parts->metadata;
    parts->snapshot.has_data = snapshot->data != NULL;
    parts->snapshot.data = binary(snapshot->data);
}

struct rc_bytes rc_wire_encode_snapshot(const struct rc_snapshot *snapshot)
{
    struct snapshot_parts parts;
    fill_snapshot(snapshot, &parts);
    return packed(&parts.snapshot.base);
}

/* ---- Messages ------------------------------------------------------------*/

static void fill_numbers(const struct rc_message *m, Raftpb__Message *pb)
{
    raftpb__message__init(pb);
    pb->has_type = pb->has_to = pb->has_from = pb->has_term = 1;
    pb->has_logterm = pb->has_index = pb->has_commit = 1;
    pb->has_reject = pb->has_rejecthint = 1;
    pb->type = (uint64_t)m->type;
    pb->to = m->to;
    pb->from = m->from;
    pb->term = m->term;
    pb->logterm = m->log_term;
    pb->index = m->index;
    pb->commit = m->commit;
    pb->reject = m->reject;
    pb->rejecthint = m->reject_hint;
    pb->has_vote = m->vote != 0;
    pb->vote = m->vote;
    pb->has_context = m->context != NULL;
    pb->context = binary(m->context);
}

static void fill_entries(const struct rc_message *m, Raftpb__Message *pb)
{
    size_t count = m->entries.count;
    Raftpb__Entry *entries = lab_xcalloc(count + 1, sizeof(*entries));
    pb->entries = lab_xcalloc(count + 1, sizeof(*pb->entries));
    pb->n_entries = count;
    for (size_t i = 0; i < count; i++) {
        fill_entry(&m->entries.at[i], &entries[i]);
        pb->entries[i] = &entries[i];
    }
    pb->entries[count] = entries; /* kept here to be freed */
}

static void fill_responses(const struct rc_message *m, Raftpb__Message *pb)
{
    size_t count = m->responses.count;
    pb->responses = lab_xcalloc(count + 1, sizeof(*pb->responses));
    pb->n_responses = count;
    for (size_t i = 0; i < count; i++) {
        LAB_ASSERT(m->responses.at[i].responses.count == 0);
        struct rc_bytes bytes = rc_wire_encode_message(&m->responses.at[i]);
        pb->responses[i] = (ProtobufCBinaryData){bytes.size, bytes.data};
    }
}

/* Responses are encoded by themselves and nested as bytes (raftpb.proto): on
 * the wire that is the same as nested messages. */
struct rc_bytes rc_wire_encode_message(const struct rc_message *m)
{
    Raftpb__Message pb;
    struct snapshot_parts parts;
    fill_numbers(m, &pb);
    fill_entries(m, &pb);
    fill_responses(m, &pb);
    if (m->snapshot) {
        fill_snapshot(m->snapshot, &parts);
        pb.snapshot = &parts.snapshot;
    }
    struct rc_bytes bytes = packed(&pb.base);
    free(pb.entries[pb.n_entries]);
    free(pb.entries);
    for (size_t i = 0; i < pb.n_responses; i++) {
        free(pb.responses[i].data);
    }
    free(pb.responses);
    return bytes;
}
