/* validate.c - reject messages that no correct peer can have sent.
 * Layer: raftcore. docs/raftcore-spec.md §14.11.
 *
 * etcd trusts its peers and panics on several of these. Here bytes from
 * anywhere may be decoded and stepped: what would break an invariant is
 * rejected before anything has changed. What is only false (an entry that was
 * never proposed, a vote that was never given) cannot be detected; Raft does
 * not tolerate liars. */
#include "raftcore/core.h"

/* Indexes and terms must be able to grow. */
#define NUMBER_MAX (UINT64_MAX / 2)

/* Messages without a term are made by the application, or forwarded for it. */
static bool may_lack_term(enum rc_message_type type)
{
    return type == RC_MSG_PROP || type == RC_MSG_READ_INDEX ||
           type == RC_MSG_TRANSFER_LEADER || type == RC_MSG_FORGET_LEADER ||
           rc_message_type_local(type);
}

static const char *check_numbers(const struct rc_message *m)
{
    if ((unsigned)m->type >= RC_MESSAGE_TYPE_COUNT) {
        return "its type is not known";
    }
    if ((m->term == 0 || m->from == RC_NO_NODE) && !may_lack_term(m->type)) {
        return "it has no term or no sender";
    }
    if ((m->term | m->log_term | m->index | m->commit) > NUMBER_MAX) {
        return "a term or an index is too large";
    }
    for (size_t i = 0; i < m->entries.count; i++) {
        const struct rc_entry *entry = &m->entries.at[i];
        if ((unsigned)entry->type > RC_ENTRY_CONF_CHANGE_V2) {
            return "the type of an entry is not known";
        }
    }
    return NULL;
}

/* The only messages that a node sends itself are those that acknowledge or
 * grant something once it is durable (send.c). */
static const char *check_own(const struct rc_message *m)
{
    bool self_directed = !m->reject && (m->type == RC_MSG_APP_RESP ||
                                        m->type == RC_MSG_VOTE_RESP ||
                                        m->type == RC_MSG_PRE_VOTE_RESP);
    return self_directed || may_lack_term(m->type)
               ? NULL
               : "it is from this node, which does not say that to itself";
}

/* The ids of the storage threads are reserved: only this node's threads have
 * them, and they answer only what was handed out. */
static const char *check_thread(const struct core *core,
                                const struct rc_message *m)
{
    bool append =
        m->from == RC_APPEND_THREAD && m->type == RC_MSG_STORAGE_APPEND_RESP;
    bool apply =
        m->from == RC_APPLY_THREAD && m->type == RC_MSG_STORAGE_APPLY_RESP;
    const struct rc_entries *entries = &m->entries;
    if ((!append && !apply) || !core->config.async_storage_writes ||
        m->term > core->term) {
        return "it is from a thread of this node, which does not say that";
    }
    if ((m->snapshot && m->snapshot->index > core->log.committed) ||
        (entries->count > 0 &&
         entries->at[entries->count - 1].index > core->log.applying)) {
        return "it is of what was not handed out";
    }
    return NULL;
}

/* What is of a lower term is ignored, whatever it contains. */
static bool is_processed(const struct core *core, const struct rc_message *m)
{
    return m->term == 0 || m->term >= core->term;
}

/* Entries up to the commit index are not compared with the log: a correct
 * leader cannot have others there, and raftlog_maybe_append() would end the
 * node. */
static const char *check_append(const struct rc_message *m)
{
    struct log_slice slice = {
        {m->log_term, m->index}, m->entries.at, m->entries.count};
    return log_slice_valid(&slice, m->term) ? NULL
                                            : "its entries are not of one log";
}

static const char *check_snapshot(const struct core *core,
                                  const struct rc_message *m)
{
    const struct rc_snapshot *snapshot = m->snapshot;
    struct rc_text error = {NULL, 0, 0};
    struct rc_tracker fresh = {.max_inflight = 1};
    if (rc_snapshot_empty(snapshot)) {
        return "it has no snapshot";
    }
    /* The log continues behind it, and needs numbers to grow into. */
    if (snapshot->index > NUMBER_MAX / 2 || snapshot->term > m->term) {
        return "its snapshot is of no possible entry";
    }
    if (snapshot->index <= core->log.committed) {
        return NULL; /* it will be ignored */
    }
    /* follow.c does the same with the node's own tracker, where an error would
     * be fatal. */
    bool good = rc_reconfigure_restore(&fresh, snapshot->index,
                                       &snapshot->conf_state, &error);
    struct rc_conf_state restored = rc_tracker_conf_state(&fresh);
    good = good && rc_conf_state_equivalent(&restored, &snapshot->conf_state);
    rc_conf_state_release(&restored);
    rc_tracker_release(&fresh);
    rc_text_release(&error);
    return good ? NULL : "its snapshot has no possible configuration";
}

static const char *check_proposal(const struct rc_message *m)
{
    if (m->entries.count == 0) {
        return "it has no entry";
    }
    for (size_t i = 0; i < m->entries.count; i++) {
        struct rc_conf_change cc;
        if (m->entries.at[i].type == RC_ENTRY_NORMAL) {
            continue;
        }
        /* Every node will decode it when it applies the entry. */
        enum rc_error error = rc_conf_change_decode(&m->entries.at[i], &cc);
        rc_conf_change_release(&cc);
        if (error != RC_OK) {
            return "it has a configuration change that cannot be read";
        }
    }
    return NULL;
}

/* A match behind the leader's own last entry would commit what does not exist.
 */
static const char *check_append_response(const struct core *core,
                                         const struct rc_message *m)
{
    return core->state == RC_LEADER && m->term == core->term &&
                   m->index > raftlog_last_index(&core->log)
               ? "it acknowledges what was not sent"
               : NULL;
}

/* A leader sends at most the index that this node has acknowledged. Unless the
 * option says to go on, losing acknowledged entries ends the node. */
static const char *check_heartbeat(const struct core *core,
                                   const struct rc_message *m)
{
    return core->config.keep_going_after_loss &&
                   m->commit > raftlog_last_index(&core->log)
               ? "what it says is committed was lost here"
               : NULL;
}

static const char *check_content(const struct core *core,
                                 const struct rc_message *m)
{
    switch (m->type) {
    case RC_MSG_PROP:
        return check_proposal(m);
    case RC_MSG_APP:
        return check_append(m);
    case RC_MSG_APP_RESP:
        return check_append_response(core, m);
    case RC_MSG_SNAP:
        return check_snapshot(core, m);
    case RC_MSG_HEARTBEAT:
        return check_heartbeat(core, m);
    case RC_MSG_READ_INDEX:
        return m->entries.count == 1 ? NULL : "it has not one entry";
    default:
        return NULL;
    }
}

enum rc_error core_validate(const struct core *core, const struct rc_message *m,
                            const char **why)
{
    const char *wrong = check_numbers(m);
    if (!wrong && (m->from == RC_APPEND_THREAD || m->from == RC_APPLY_THREAD)) {
        wrong = check_thread(core, m);
    }
    if (!wrong && m->from == core->config.id) {
        wrong = check_own(m);
    }
    if (!wrong && is_processed(core, m)) {
        wrong = check_content(core, m);
    }
    if (wrong && why) {
        *why = wrong;
    }
    return wrong ? RC_MALFORMED : RC_OK;
}
