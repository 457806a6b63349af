/* wire_decode.c - messages, entries and states from bytes, which may be
 * anything. Layer: raftcore. By protobuf-c (raftpb.proto);
 * docs/raftcore-spec.md §1, §14.11. */
#include "base/assert.h"
#include "raftcore/pb.h"
#include "raftcore/wire.h"

static enum rc_error take_payload(bool has, const ProtobufCBinaryData *data,
                                  struct rc_payload **payload)
{
    if (!has) {
        return RC_OK;
    }
    *payload = rc_payload_of(rc_bytes_of(data->data, data->len));
    return *payload ? RC_OK : RC_NO_MEMORY;
}

/* ---- Entries -------------------------------------------------------------*/

/* A number that the type does not have becomes the first unknown one, so that
 * it can be told and rejected, not cut to a known one. */
static int known_or(uint64_t number, int unknown)
{
    return number < (uint64_t)unknown ? (int)number : unknown;
}

static enum rc_error take_entry(const Raftpb__Entry *pb, struct rc_entry *entry)
{
    LAB_ASSERT(pb);
    *entry = (struct rc_entry){
        .term = pb->term,
        .index = pb->index,
        .type =
            (enum rc_entry_type)known_or(pb->type, RC_ENTRY_CONF_CHANGE_V2 + 1),
    };
    return take_payload(pb->has_data, &pb->data, &entry->data);
}

enum rc_error rc_wire_decode_entry(struct rc_bytes bytes,
                                   struct rc_entry *entry)
{
    enum rc_error error;
    ProtobufCMessage *pb = pb_unpack(&raftpb__entry__descriptor, bytes, &error);
    if (pb) {
        error = take_entry((const Raftpb__Entry *)pb, entry);
        pb_discard(pb);
    }
    return error;
}

static enum rc_error take_entries(const Raftpb__Message *pb,
                                  struct rc_entries *entries)
{
    for (size_t i = 0; i < pb->n_entries; i++) {
        struct rc_entry entry;
        enum rc_error error = take_entry(pb->entries[i], &entry);
        if (error != RC_OK) {
            return error;
        }
        rc_entries_append(entries, &entry, 1);
        rc_payload_drop(entry.data); /* the run shares it */
    }
    LAB_ASSERT(entries->count == pb->n_entries);
    return RC_OK;
}

/* ---- States --------------------------------------------------------------*/

enum rc_error rc_wire_decode_hard_state(struct rc_bytes bytes,
                                        struct rc_hard_state *hs)
{
    enum rc_error error;
    ProtobufCMessage *base =
        pb_unpack(&raftpb__hard_state__descriptor, bytes, &error);
    if (base) {
        const Raftpb__HardState *pb = (const Raftpb__HardState *)base;
        *hs = (struct rc_hard_state){pb->term, pb->vote, pb->commit};
        pb_discard(base);
    }
    return error;
}

static void take_ids(const uint64_t *at, size_t count, struct rc_ids *ids)
{
    for (size_t i = 0; i < count; i++) {
        rc_ids_append(ids, at[i]);
    }
}

static void take_conf_state(const Raftpb__ConfState *pb,
                            struct rc_conf_state *cs)
{
    take_ids(pb->voters, pb->n_voters, &cs->voters);
    take_ids(pb->learners, pb->n_learners, &cs->learners);
    take_ids(pb->voters_outgoing, pb->n_voters_outgoing, &cs->voters_outgoing);
    take_ids(pb->learners_next, pb->n_learners_next, &cs->learners_next);
    cs->auto_leave = pb->auto_leave;
}

enum rc_error rc_wire_decode_conf_state(struct rc_bytes bytes,
                                        struct rc_conf_state *cs)
{
    enum rc_error error;
    ProtobufCMessage *pb =
        pb_unpack(&raftpb__conf_state__descriptor, bytes, &error);
    *cs = (struct rc_conf_state){.auto_leave = false};
    if (pb) {
        take_conf_state((const Raftpb__ConfState *)pb, cs);
        pb_discard(pb);
    }
    return error;
}

/* Without metadata it is empty: index 0. */
static enum rc_error take_snapshot(const Raftpb__Snapshot *pb,
                                   struct rc_snapshot **snapshot)
{
    struct rc_snapshot *made = rc_snapshot_new();
    enum rc_error error = take_payload(pb->has_data, &pb->data, &made->data);
    if (pb->metadata) {
        made->index = pb->metadata->index;
        made->term = pb->metadata->term;
    }
    if (pb->metadata && pb->metadata->conf_state) {
        take_conf_state(pb->metadata->conf_state, &made->conf_state);
    }
    if (error == RC_OK) {
        *snapshot = made;
    } else {
        rc_snapshot_drop(made);
    }
    return error;
}

enum rc_error rc_wire_decode_snapshot(struct rc_bytes bytes,
                                      struct rc_snapshot **snapshot)
{
    enum rc_error error;
    ProtobufCMessage *pb =
        pb_unpack(&raftpb__snapshot__descriptor, bytes, &error);
    if (pb) {
        error = take_snapshot((const Raftpb__Snapshot *)pb, snapshot);
        pb_discard(pb);
    }
    return error;
}

/* ---- Messages ------------------------------------------------------------*/

static enum rc_error decode_nested(struct rc_bytes bytes, bool nested,
                                   struct rc_message *m);

static enum rc_error take_responses(const Raftpb__Message *pb,
                                    struct rc_message *m)
{
    for (size_t i = 0; i < pb->n_responses; i++) {
        struct rc_message response;
        enum rc_error error = decode_nested(
            rc_bytes_of(pb->responses[i].data, pb->responses[i].len), true,
            &response);
        if (error != RC_OK) {
            return error;
        }
        rc_messages_append(&m->responses, &response);
    }
    LAB_ASSERT(m->responses.count == pb->n_responses);
    return RC_OK;
}

static enum rc_error take_message(const Raftpb__Message *pb,
                                  struct rc_message *m)
{
    *m = (struct rc_message){
        .type = (enum rc_message_type)known_or(pb->type, RC_MESSAGE_TYPE_COUNT),
        .to = pb->to,
        .from = pb->from,
        .term = pb->term,
        .log_term = pb->logterm,
        .index = pb->index,
        .commit = pb->commit,
        .vote = pb->vote,
        .reject = pb->reject,
        .reject_hint = pb->rejecthint,
    };
    enum rc_error error =
        take_payload(pb->has_context, &pb->context, &m->context);
    if (error == RC_OK) {
        error = take_entries(pb, &m->entries);
    }
    /* Before v3.6 nodes sent an empty one with every message. */
    if (error == RC_OK && pb->snapshot && pb->snapshot->metadata &&
        pb->snapshot->metadata->index != 0) {
        error = take_snapshot(pb->snapshot, &m->snapshot);
    }
    return error;
}

static enum rc_error decode_nested(struct rc_bytes bytes, bool nested,
                                   struct rc_message *m)
{
    enum rc_error error;
    ProtobufCMessage *base =
        pb_unpack(&raftpb__message__descriptor, bytes, &error);
    if (!base) {
        return error;
    }
    const Raftpb__Message *pb = (const Raftpb__Message *)base;
    error = take_message(pb, m);
    /* Responses to responses would let an input of any depth recurse. */
    if (error == RC_OK && nested && pb->n_responses > 0) {
        error = RC_MALFORMED;
    }
    if (error == RC_OK) {
        error = take_responses(pb, m);
    }
    if (error != RC_OK) {
        rc_message_release(m);
    }
    pb_discard(base);
    return error;
}

enum rc_error rc_wire_decode_message(struct rc_bytes bytes,
                                     struct rc_message *m)
{
    return decode_nested(bytes, false, m);
}
