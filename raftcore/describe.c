/* describe.c - entries, messages and states as text.
 * Layer: raftcore. */
#include "raftcore/describe.h"

#include <inttypes.h>

void describe_ids(const struct ids *ids, struct text *text)
{
    text_add(text, "[");
    for (size_t i = 0; i < ids->count; i++) {
        text_add(text, i ? " %" PRIu64 : "%" PRIu64, ids->at[i]);
    }
    text_add(text, "]");
}

void describe_soft_state(struct soft_state ss, struct text *text)
{
    text_add(text, "Lead:%" PRIu64 " State:%s", ss.lead, state_name(ss.state));
}

void describe_conf_state(const struct conf_state *cs, struct text *text)
{
    text_add(text, "Voters:");
    describe_ids(&cs->voters, text);
    text_add(text, " VotersOutgoing:");
    describe_ids(&cs->voters_outgoing, text);
    text_add(text, " Learners:");
    describe_ids(&cs->learners, text);
    text_add(text, " LearnersNext:");
    describe_ids(&cs->learners_next, text);
    text_add(text, " AutoLeave:%s", cs->auto_leave ? "true" : "false");
}

void describe_snapshot(const struct snapshot *snapshot, struct text *text)
{
    text_add(text,
             "Index:%" PRIu64 " Term:%" PRIu64 " ConfState:", snapshot->index,
             snapshot->term);
    describe_conf_state(&snapshot->conf_state, text);
}

void describe_hard_state(struct hard_state hs, struct text *text)
{
    text_add(text, "Term:%" PRIu64, hs.term);
    if (hs.vote != 0) {
        text_add(text, " Vote:%" PRIu64, hs.vote);
    }
    text_add(text, " Commit:%" PRIu64, hs.commit);
}

static void payload_text(const struct entry *entry, entry_formatter format,
                         struct text *text)
{
    struct bytes data = payload_bytes(entry->data);
    if (entry->type == ENTRY_NORMAL) {
        if (format) {
            format(data, text);
        } else {
            text_add_quoted(text, data);
        }
        return;
    }
    if (entry->type != ENTRY_CONF_CHANGE &&
        entry->type != ENTRY_CONF_CHANGE_V2) {
        return; /* what its data mean is not known */
    }
    struct conf_change cc;
    if (conf_change_decode(entry, &cc) == CORE_OK) {
        describe_changes(&cc, text);
    }
    conf_change_release(&cc);
}

void describe_entry(const struct entry *entry, entry_formatter format,
                    struct text *text)
{
    struct text payload = {NULL, 0, 0};
    payload_text(entry, format, &payload);
    text_add(text, "%" PRIu64 "/%" PRIu64 " %s%s", entry->term, entry->index,
             entry_type_name(entry->type), payload.size > 0 ? " " : "");
    text_add_bytes(text, payload.at, payload.size);
    text_release(&payload);
}

void describe_entries(const struct entries *entries, entry_formatter format,
                      struct text *text)
{
    for (size_t i = 0; i < entries->count; i++) {
        describe_entry(&entries->at[i], format, text);
        text_add(text, "\n");
    }
}

/* ---- Messages ------------------------------------------------------------*/

static void target_text(uint64_t id, struct text *text)
{
    if (id == NO_NODE) {
        text_add(text, "None");
    } else if (id == APPEND_NODE) {
        text_add(text, "AppendThread");
    } else if (id == APPLY_NODE) {
        text_add(text, "ApplyThread");
    } else {
        text_add(text, "%" PRIx64, id);
    }
}

static void indent(int depth, struct text *text)
{
    for (int i = 0; i < depth; i++) {
        text_add(text, "  ");
    }
}

static void nested_entries(const struct message *m, entry_formatter format,
                           int depth, struct text *text)
{
    text_add(text, " Entries:[");
    if (m->entries.count == 1) {
        describe_entry(&m->entries.at[0], format, text);
    } else {
        for (size_t i = 0; i < m->entries.count; i++) {
            text_add(text, "\n");
            indent(depth + 1, text);
            describe_entry(&m->entries.at[i], format, text);
        }
        text_add(text, "\n");
        indent(depth, text);
    }
    text_add(text, "]");
}

static void nested_message(const struct message *m, entry_formatter format,
                           int depth, struct text *text)
{
    indent(depth, text);
    target_text(m->from, text);
    text_add(text, "->");
    target_text(m->to, text);
    text_add(text, " %s Term:%" PRIu64 " Log:%" PRIu64 "/%" PRIu64,
             message_type_name(m->type), m->term, m->log_term, m->index);
    if (m->reject) {
        text_add(text, " Rejected (Hint: %" PRIu64 ")", m->reject_hint);
    }
    if (m->commit != 0) {
        text_add(text, " Commit:%" PRIu64, m->commit);
    }
    if (m->vote != 0) {
        text_add(text, " Vote:%" PRIu64, m->vote);
    }
    if (m->entries.count > 0) {
        nested_entries(m, format, depth, text);
    }
    if (!snapshot_empty(m->snapshot)) {
        text_add(text, "\n");
        indent(depth + 1, text);
        text_add(text, "Snapshot: ");
        describe_snapshot(m->snapshot, text);
    }
    if (m->responses.count > 0) {
        text_add(text, " Responses:[");
        for (size_t i = 0; i < m->responses.count; i++) {
            text_add(text, "\n");
            nested_message(&m->responses.at[i], format, depth + 1, text);
        }
        text_add(text, "\n");
        indent(depth, text);
        text_add(text, "]");
    }
}

void describe_message(const struct message *message, entry_formatter format,
                      struct text *text)
{
    nested_message(message, format, 0, text);
}

void describe_conf_change(const struct conf_change *cc, struct text *text)
{
    static const char *const transitions[] = {
        "ConfChangeTransitionAuto", "ConfChangeTransitionJointImplicit",
        "ConfChangeTransitionJointExplicit"};
    static const char *const types[] = {
        "ConfChangeAddNode", "ConfChangeRemoveNode", "ConfChangeUpdateNode",
        "ConfChangeAddLearnerNode"};
    text_add(text, "transition:%s", transitions[cc->transition]);
    for (size_t i = 0; i < cc->count; i++) {
        text_add(text, " changes:{type:%s node_id:%" PRIu64 "}",
                 types[cc->changes[i].type], cc->changes[i].node);
    }
    struct bytes context = payload_bytes(cc->context);
    if (context.size > 0) {
        text_add(text, " context:");
        text_add_quoted(text, context);
    }
}

void describe_changes(const struct conf_change *cc, struct text *text)
{
    static const char letters[] = "vrul";
    for (size_t i = 0; i < cc->count; i++) {
        text_add(text, "%s%c%" PRIu64, i ? " " : "",
                 letters[cc->changes[i].type], cc->changes[i].node);
    }
}

void describe_index(uint64_t index, struct text *text)
{
    if (index == UINT64_MAX) {
        text_add(text, "\xe2\x88\x9e");
    } else {
        text_add(text, "%" PRIu64, index);
    }
}

/* ---- Ready ---------------------------------------------------------------*/

static void describe_read_states(const struct read_states *states,
                                 struct text *text)
{
    text_add(text, "ReadStates [");
    for (size_t i = 0; i < states->count; i++) {
        struct bytes context = payload_bytes(states->at[i].context);
        text_add(text, "%s{%" PRIu64 " [", i ? " " : "", states->at[i].index);
        for (size_t k = 0; k < context.size; k++) {
            text_add(text, k ? " %d" : "%d", context.data[k]);
        }
        text_add(text, "]}");
    }
    text_add(text, "]\n");
}

static void describe_states(const struct ready *ready, struct text *text)
{
    if (ready->has_soft_state) {
        describe_soft_state(ready->soft_state, text);
        text_add(text, "\n");
    }
    if (!hard_state_empty(ready->hard_state)) {
        text_add(text, "HardState ");
        describe_hard_state(ready->hard_state, text);
        text_add(text, "\n");
    }
    if (ready->read_states.count > 0) {
        describe_read_states(&ready->read_states, text);
    }
}

static bool is_empty(const struct ready *ready)
{
    return !ready->has_soft_state && hard_state_empty(ready->hard_state) &&
           ready->read_states.count == 0 && ready->entries.count == 0 &&
           snapshot_empty(ready->snapshot) &&
           ready->committed_entries.count == 0 && ready->messages.count == 0;
}

void describe_ready(const struct ready *ready, entry_formatter format,
                    struct text *text)
{
    if (is_empty(ready)) {
        text_add(text, "<empty Ready>");
        return;
    }
    text_add(text, "Ready MustSync=%s:\n", ready->must_sync ? "true" : "false");
    describe_states(ready, text);
    if (ready->entries.count > 0) {
        text_add(text, "Entries:\n");
        describe_entries(&ready->entries, format, text);
    }
    if (!snapshot_empty(ready->snapshot)) {
        text_add(text, "Snapshot ");
        describe_snapshot(ready->snapshot, text);
        text_add(text, "\n");
    }
    if (ready->committed_entries.count > 0) {
        text_add(text, "CommittedEntries:\n");
        describe_entries(&ready->committed_entries, format, text);
    }
    if (ready->messages.count > 0) {
        text_add(text, "Messages:\n");
    }
    for (size_t i = 0; i < ready->messages.count; i++) {
        describe_message(&ready->messages.at[i], format, text);
        text_add(text, "\n");
    }
}
