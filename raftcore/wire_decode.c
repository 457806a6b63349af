/* wire_decode.c - messages, entries and states from bytes of anywhere.
 * Layer: raftcore. By protobuf-c (raftpb.proto). */
#include "raftcore/pb.h"
#include "raftcore/wire.h"

static enum core_error take_payload(bool has, const ProtobufCBinaryData *data,
                                    struct payload **payload)
{
    if (!has) {
        return CORE_OK;
    }
    *payload = payload_of(bytes_of(data->data, data->len));
    return *payload ? CORE_OK : CORE_NO_MEMORY;
}

/* ---- Entries -------------------------------------------------------------*/

/* Numbers too large for the type become one that is not known. */
static int known_or(uint64_t number, int unknown)
{
    return number < (uint64_t)unknown ? (int)number : unknown;
}

static enum core_error take_entry(const Raftpb__Entry *pb, struct entry *entry)
{
    *entry = (struct entry){
        .term = pb->term,
        .index = pb->index,
        .type = (enum entry_type)known_or(pb->type, ENTRY_CONF_CHANGE_V2 + 1),
    };
    return take_payload(pb->has_data, &pb->data, &entry->data);
}

enum core_error wire_decode_entry(struct bytes bytes, struct entry *entry)
{
    enum core_error error;
    ProtobufCMessage *pb = pb_unpack(&raftpb__entry__descriptor, bytes, &error);
    if (pb) {
        error = take_entry((const Raftpb__Entry *)pb, entry);
        pb_discard(pb);
    }
    return error;
}

static enum core_error take_entries(const Raftpb__Message *pb,
                                    struct entries *entries)
{
    for (size_t i = 0; i < pb->n_entries; i++) {
        struct entry entry;
        enum core_error error = take_entry(pb->entries[i], &entry);
        if (error != CORE_OK) {
            return error;
        }
        entries_append(entries, &entry, 1);
        payload_drop(entry.data);
    }
    return CORE_OK;
}

/* ---- States --------------------------------------------------------------*/

enum core_error wire_decode_hard_state(struct bytes bytes,
                                       struct hard_state *hs)
{
    enum core_error error;
    ProtobufCMessage *base =
        pb_unpack(&raftpb__hard_state__descriptor, bytes, &error);
    if (base) {
        const Raftpb__HardState *pb = (const Raftpb__HardState *)base;
        *hs = (struct hard_state){pb->term, pb->vote, pb->commit};
        pb_discard(base);
    }
    return error;
}

static void take_ids(const uint64_t *at, size_t count, struct ids *ids)
{
    for (size_t i = 0; i < count; i++) {
        ids_append(ids, at[i]);
    }
}

static void take_conf_state(const Raftpb__ConfState *pb, struct conf_state *cs)
{
    take_ids(pb->voters, pb->n_voters, &cs->voters);
    take_ids(pb->learners, pb->n_learners, &cs->learners);
    take_ids(pb->voters_outgoing, pb->n_voters_outgoing, &cs->voters_outgoing);
    take_ids(pb->learners_next, pb->n_learners_next, &cs->learners_next);
    cs->auto_leave = pb->auto_leave;
}

enum core_error wire_decode_conf_state(struct bytes bytes,
                                       struct conf_state *cs)
{
    enum core_error error;
    ProtobufCMessage *pb =
        pb_unpack(&raftpb__conf_state__descriptor, bytes, &error);
    *cs = (struct conf_state){.auto_leave = false};
    if (pb) {
        take_conf_state((const Raftpb__ConfState *)pb, cs);
        pb_discard(pb);
    }
    return error;
}

static enum core_error take_snapshot(const Raftpb__Snapshot *pb,
                                     struct snapshot **snapshot)
{
    struct snapshot *made = snapshot_new();
    enum core_error error = take_payload(pb->has_data, &pb->data, &made->data);
    if (pb->metadata) {
        made->index = pb->metadata->index;
        made->term = pb->metadata->term;
    }
    if (pb->metadata && pb->metadata->conf_state) {
        take_conf_state(pb->metadata->conf_state, &made->conf_state);
    }
    if (error == CORE_OK) {
        *snapshot = made;
    } else {
        snapshot_drop(made);
    }
    return error;
}

enum core_error wire_decode_snapshot(struct bytes bytes,
                                     struct snapshot **snapshot)
{
    enum core_error error;
    ProtobufCMessage *pb =
        pb_unpack(&raftpb__snapshot__descriptor, bytes, &error);
    if (pb) {
        error = take_snapshot((const Raftpb__Snapshot *)pb, snapshot);
        pb_discard(pb);
    }
    return error;
}

/* ---- Messages ------------------------------------------------------------*/

static enum core_error decode_nested(struct bytes bytes, bool nested,
                                     struct message *m);

static enum core_error take_responses(const Raftpb__Message *pb,
                                      struct message *m)
{
    for (size_t i = 0; i < pb->n_responses; i++) {
        struct message response;
        enum core_error error =
            decode_nested(bytes_of(pb->responses[i].data, pb->responses[i].len),
                          true, &response);
        if (error != CORE_OK) {
            return error;
        }
        messages_append(&m->responses, &response);
    }
    return CORE_OK;
}

static enum core_error take_message(const Raftpb__Message *pb,
                                    struct message *m)
{
    *m = (struct message){
        .type = (enum message_type)known_or(pb->type, MESSAGE_TYPE_COUNT),
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
    enum core_error error =
        take_payload(pb->has_context, &pb->context, &m->context);
    if (error == CORE_OK) {
        error = take_entries(pb, &m->entries);
    }
    /* Old nodes send an empty one with every message. */
    if (error == CORE_OK && pb->snapshot && pb->snapshot->metadata &&
        pb->snapshot->metadata->index != 0) {
        error = take_snapshot(pb->snapshot, &m->snapshot);
    }
    return error;
}

static enum core_error decode_nested(struct bytes bytes, bool nested,
                                     struct message *m)
{
    enum core_error error;
    ProtobufCMessage *base =
        pb_unpack(&raftpb__message__descriptor, bytes, &error);
    if (!base) {
        return error;
    }
    const Raftpb__Message *pb = (const Raftpb__Message *)base;
    error = take_message(pb, m);
    if (error == CORE_OK && nested && pb->n_responses > 0) {
        error = CORE_MALFORMED;
    }
    if (error == CORE_OK) {
        error = take_responses(pb, m);
    }
    if (error != CORE_OK) {
        message_release(m);
    }
    pb_discard(base);
    return error;
}

enum core_error wire_decode_message(struct bytes bytes, struct message *m)
{
    return decode_nested(bytes, false, m);
}
