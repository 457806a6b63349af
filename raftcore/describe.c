/* describe.c - entries, messages and states as text, to the byte as etcd's.
 * Layer: raftcore. docs/raftcore-spec.md §8.1, §8.2; etcd's util.go. */
#include "raftcore/describe.h"

#include "base/assert.h"
#include "raftcore/format.h"

void rc_describe_ids(const struct rc_ids *ids, struct rc_text *text)
{
    rc_text_add(text, "[");
    for (size_t i = 0; i < ids->count; i++) {
        rc_text_add(text, i ? " " D64 : D64, ids->at[i]);
    }
    rc_text_add(text, "]");
}

void rc_describe_soft_state(struct rc_soft_state ss, struct rc_text *text)
{
    rc_text_add(text, "Lead:" D64 " State:%s", ss.lead,
                rc_state_name(ss.state));
}

void rc_describe_conf_state(const struct rc_conf_state *cs,
                            struct rc_text *text)
{
    rc_text_add(text, "Voters:");
    rc_describe_ids(&cs->voters, text);
    rc_text_add(text, " VotersOutgoing:");
    rc_describe_ids(&cs->voters_outgoing, text);
    rc_text_add(text, " Learners:");
    rc_describe_ids(&cs->learners, text);
    rc_text_add(text, " LearnersNext:");
    rc_describe_ids(&cs->learners_next, text);
    rc_text_add(text, " AutoLeave:%s", cs->auto_leave ? "true" : "false");
}

void rc_describe_snapshot(const struct rc_snapshot *snapshot,
                          struct rc_text *text)
{
    rc_text_add(text, "Index:" D64 " Term:" D64 " ConfState:", snapshot->index,
                snapshot->term);
    rc_describe_conf_state(&snapshot->conf_state, text);
}

void rc_describe_hard_state(struct rc_hard_state hs, struct rc_text *text)
{
    rc_text_add(text, "Term:" D64, hs.term);
    if (hs.vote != 0) {
        rc_text_add(text, " Vote:" D64, hs.vote);
    }
    rc_text_add(text, " Commit:" D64, hs.commit);
}

static void payload_text(const struct rc_entry *entry,
                         rc_entry_formatter format, struct rc_text *text)
{
    struct rc_bytes data = rc_payload_bytes(entry->data);
    if (entry->type == RC_ENTRY_NORMAL) {
        if (format) {
            format(data, text);
        } else {
            rc_text_add_quoted(text, data);
        }
        return;
    }
    if (entry->type != RC_ENTRY_CONF_CHANGE &&
        entry->type != RC_ENTRY_CONF_CHANGE_V2) {
        return; /* an unknown type: its data cannot be shown */
    }
    struct rc_conf_change cc;
    if (rc_conf_change_decode(entry, &cc) == RC_OK) {
        rc_describe_changes(&cc, text);
    }
    rc_conf_change_release(&cc);
}

void rc_describe_entry(const struct rc_entry *entry, rc_entry_formatter format,
                       struct rc_text *text)
{
    struct rc_text payload = {NULL, 0, 0};
    payload_text(entry, format, &payload);
    rc_text_add(text, D64 "/" D64 " %s%s", entry->term, entry->index,
                rc_entry_type_name(entry->type), payload.size > 0 ? " " : "");
    rc_text_add_bytes(text, payload.at, payload.size);
    rc_text_release(&payload);
}

void rc_describe_entries(const struct rc_entries *entries,
                         rc_entry_formatter format, struct rc_text *text)
{
    for (size_t i = 0; i < entries->count; i++) {
        rc_describe_entry(&entries->at[i], format, text);
        rc_text_add(text, "\n");
    }
}

/* ---- Messages ------------------------------------------------------------*/

/* Threads are shown by name, so that a log tells them from members. */
static void target_text(uint64_t id, struct rc_text *text)
{
    if (id == RC_NO_NODE) {
        rc_text_add(text, "None");
    } else if (id == RC_APPEND_THREAD) {
        rc_text_add(text, "AppendThread");
    } else if (id == RC_APPLY_THREAD) {
        rc_text_add(text, "ApplyThread");
    } else {
        rc_text_add(text, X64, id);
    }
}

static void indent(int depth, struct rc_text *text)
{
    LAB_ASSERT(depth >= 0);
    for (int i = 0; i < depth; i++) {
        rc_text_add(text, "  ");
    }
}

static void nested_entries(const struct rc_message *m,
                           rc_entry_formatter format, int depth,
                           struct rc_text *text)
{
    LAB_ASSERT(m->entries.count > 0);
    rc_text_add(text, " Entries:[");
    if (m->entries.count == 1) {
        rc_describe_entry(&m->entries.at[0], format, text);
    } else {
        for (size_t i = 0; i < m->entries.count; i++) {
            rc_text_add(text, "\n");
            indent(depth + 1, text);
            rc_describe_entry(&m->entries.at[i], format, text);
        }
        rc_text_add(text, "\n");
        indent(depth, text);
    }
    rc_text_add(text, "]");
}

/* Responses are shown below their message, indented once more. */
static void nested_message(const struct rc_message *m,
                           rc_entry_formatter format, int depth,
                           struct rc_text *text)
{
    indent(depth, text);
    target_text(m->from, text);
    rc_text_add(text, "->");
    target_text(m->to, text);
    rc_text_add(text, " %s Term:" D64 " Log:" D64 "/" D64,
                rc_message_type_name(m->type), m->term, m->log_term, m->index);
    if (m->reject) {
        rc_text_add(text, " Rejected (Hint: " D64 ")", m->reject_hint);
    }
    if (m->commit != 0) {
        rc_text_add(text, " Commit:" D64, m->commit);
    }
    if (m->vote != 0) {
        rc_text_add(text, " Vote:" D64, m->vote);
    }
    if (m->entries.count > 0) {
        nested_entries(m, format, depth, text);
    }
    if (!rc_snapshot_empty(m->snapshot)) {
        rc_text_add(text, "\n");
        indent(depth + 1, text);
        rc_text_add(text, "Snapshot: ");
        rc_describe_snapshot(m->snapshot, text);
    }
    if (m->responses.count > 0) {
        rc_text_add(text, " Responses:[");
        for (size_t i = 0; i < m->responses.count; i++) {
            rc_text_add(text, "\n");
            nested_message(&m->responses.at[i], format, depth + 1, text);
        }
        rc_text_add(text, "\n");
        indent(depth, text);
        rc_text_add(text, "]");
    }
}

void rc_describe_message(const struct rc_message *message,
                         rc_entry_formatter format, struct rc_text *text)
{
    nested_message(message, format, 0, text);
}

void rc_describe_conf_change(const struct rc_conf_change *cc,
                             struct rc_text *text)
{
    static const char *const transitions[] = {
        "ConfChangeTransitionAuto", "ConfChangeTransitionJointImplicit",
        "ConfChangeTransitionJointExplicit"};
    static const char *const types[] = {
        "ConfChangeAddNode", "ConfChangeRemoveNode", "ConfChangeUpdateNode",
        "ConfChangeAddLearnerNode"};
    LAB_ASSERT((unsigned)cc->transition <= RC_TRANSITION_EXPLICIT);
    rc_text_add(text, "transition:%s", transitions[cc->transition]);
    for (size_t i = 0; i < cc->count; i++) {
        LAB_ASSERT((unsigned)cc->changes[i].type <= RC_ADD_LEARNER_NODE);
        rc_text_add(text, " changes:{type:%s node_id:" D64 "}",
                    types[cc->changes[i].type], cc->changes[i].node);
    }
    struct rc_bytes context = rc_payload_bytes(cc->context);
    if (context.size > 0) {
        rc_text_add(text, " context:");
        rc_text_add_quoted(text, context);
    }
}

void rc_describe_changes(const struct rc_conf_change *cc, struct rc_text *text)
{
    static const char letters[] = "vrul";
    for (size_t i = 0; i < cc->count; i++) {
        LAB_ASSERT((unsigned)cc->changes[i].type <= RC_ADD_LEARNER_NODE);
        rc_text_add(text, "%s%c" D64, i ? " " : "",
                    letters[cc->changes[i].type], cc->changes[i].node);
    }
}

void rc_describe_index(uint64_t index, struct rc_text *text)
{
    if (index == UINT64_MAX) {
        rc_text_add(text, "\xe2\x88\x9e");
    } else {
        rc_text_add(text, D64, index);
    }
}

/* ---- Ready ---------------------------------------------------------------*/

static void describe_read_states(const struct rc_read_states *states,
                                 struct rc_text *text)
{
    rc_text_add(text, "ReadStates [");
    for (size_t i = 0; i < states->count; i++) {
        struct rc_bytes context = rc_payload_bytes(states->at[i].context);
        rc_text_add(text, "%s{" D64 " [", i ? " " : "", states->at[i].index);
        for (size_t k = 0; k < context.size; k++) {
            rc_text_add(text, k ? " %d" : "%d", context.data[k]);
        }
        rc_text_add(text, "]}");
    }
    rc_text_add(text, "]\n");
}

static void describe_states(const struct rc_ready *ready, struct rc_text *text)
{
    if (ready->has_soft_state) {
        rc_describe_soft_state(ready->soft_state, text);
        rc_text_add(text, "\n");
    }
    if (!rc_hard_state_empty(ready->hard_state)) {
        rc_text_add(text, "HardState ");
        rc_describe_hard_state(ready->hard_state, text);
        rc_text_add(text, "\n");
    }
    if (ready->read_states.count > 0) {
        describe_read_states(&ready->read_states, text);
    }
}

/* must_sync alone is nothing to do. */
static bool is_empty(const struct rc_ready *ready)
{
    return !ready->has_soft_state && rc_hard_state_empty(ready->hard_state) &&
           ready->read_states.count == 0 && ready->entries.count == 0 &&
           rc_snapshot_empty(ready->snapshot) &&
           ready->committed_entries.count == 0 && ready->messages.count == 0;
}

void rc_describe_ready(const struct rc_ready *ready, rc_entry_formatter format,
                       struct rc_text *text)
{
    if (is_empty(ready)) {
        rc_text_add(text, "<empty Ready>");
        return;
    }
    rc_text_add(text, "Ready MustSync=%s:\n",
                ready->must_sync ? "true" : "false");
    describe_states(ready, text);
    if (ready->entries.count > 0) {
        rc_text_add(text, "Entries:\n");
        rc_describe_entries(&ready->entries, format, text);
    }
    if (!rc_snapshot_empty(ready->snapshot)) {
        rc_text_add(text, "Snapshot ");
        rc_describe_snapshot(ready->snapshot, text);
        rc_text_add(text, "\n");
    }
    if (ready->committed_entries.count > 0) {
        rc_text_add(text, "CommittedEntries:\n");
        rc_describe_entries(&ready->committed_entries, format, text);
    }
    if (ready->messages.count > 0) {
        rc_text_add(text, "Messages:\n");
    }
    for (size_t i = 0; i < ready->messages.count; i++) {
        rc_describe_message(&ready->messages.at[i], format, text);
        rc_text_add(text, "\n");
    }
}
