/* check.c - messages that no core sends are told apart before they can reach a
 * broken invariant.
 * Layer: raftcore. Specification, section 14, item 11. */
#include "raftcore/core.h"

/* Indexes and terms must be able to grow. */
#define NUMBER_MAX (UINT64_MAX / 2)

/* What has no term comes from the application, or is passed on for it. */
static bool may_be_of_no_term(enum message_type type)
{
    return type == MSG_PROP || type == MSG_READ_INDEX ||
           type == MSG_TRANSFER_LEADER || type == MSG_FORGET_LEADER ||
           message_type_local(type);
}

static const char *check_numbers(const struct message *m)
{
    if ((unsigned)m->type >= MESSAGE_TYPE_COUNT) {
        return "its type is not known";
    }
    if ((m->term == 0 || m->from == NO_NODE) && !may_be_of_no_term(m->type)) {
        return "it has no term or no sender";
    }
    if ((m->term | m->log_term | m->index | m->commit) > NUMBER_MAX) {
        return "a term or an index is too large";
    }
    for (size_t i = 0; i < m->entries.count; i++) {
        const struct entry *entry = &m->entries.at[i];
        if ((unsigned)entry->type > ENTRY_CONF_CHANGE_V2) {
            return "the type of an entry is not known";
        }
    }
    return NULL;
}

/* What a node promises it tells itself, too: once that is saved. */
static const char *check_own(const struct message *m)
{
    bool promise =
        !m->reject && (m->type == MSG_APP_RESP || m->type == MSG_VOTE_RESP ||
                       m->type == MSG_PRE_VOTE_RESP);
    return promise || may_be_of_no_term(m->type)
               ? NULL
               : "it is from this node, which does not say that to itself";
}

/* What the threads that write and apply say; nobody else has their ids. */
static const char *check_thread(const struct core *core,
                                const struct message *m)
{
    bool append = m->from == APPEND_NODE && m->type == MSG_STORAGE_APPEND_RESP;
    bool apply = m->from == APPLY_NODE && m->type == MSG_STORAGE_APPLY_RESP;
    const struct entries *entries = &m->entries;
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

/* Is this of a term that the core listens to? */
static bool is_heard(const struct core *core, const struct message *m)
{
    return m->term == 0 || m->term >= core->term;
}

/* What it has up to the commit index is not looked at: an entry there cannot
 * be in conflict with one that is committed. */
static const char *check_append(const struct message *m)
{
    struct log_slice slice = {
        {m->log_term, m->index}, m->entries.at, m->entries.count};
    return log_slice_valid(&slice, m->term) ? NULL
                                            : "its entries are not of one log";
}

static const char *check_snapshot(const struct core *core,
                                  const struct message *m)
{
    const struct snapshot *snapshot = m->snapshot;
    struct text error = {NULL, 0, 0};
    struct tracker fresh = {.max_inflight = 1};
    if (snapshot_empty(snapshot)) {
        return "it has no snapshot";
    }
    /* The log goes on from there, and is to be able to for long. */
    if (snapshot->index > NUMBER_MAX / 2 || snapshot->term > m->term) {
        return "its snapshot is of no possible entry";
    }
    if (snapshot->index <= core->log.committed) {
        return NULL;
    }
    bool good = confchange_restore(&fresh, snapshot->index,
                                   &snapshot->conf_state, &error);
    struct conf_state restored = tracker_conf_state(&fresh);
    good = good && conf_state_equivalent(&restored, &snapshot->conf_state);
    conf_state_release(&restored);
    tracker_release(&fresh);
    text_release(&error);
    return good ? NULL : "its snapshot has no possible configuration";
}

static const char *check_proposal(const struct message *m)
{
    if (m->entries.count == 0) {
        return "it has no entry";
    }
    for (size_t i = 0; i < m->entries.count; i++) {
        struct conf_change cc;
        if (m->entries.at[i].type == ENTRY_NORMAL) {
            continue;
        }
        enum core_error error = conf_change_decode(&m->entries.at[i], &cc);
        conf_change_release(&cc);
        if (error != CORE_OK) {
            return "it has a configuration change that cannot be read";
        }
    }
    return NULL;
}

static const char *check_answer(const struct core *core,
                                const struct message *m)
{
    return core->state == LEADER && m->term == core->term &&
                   m->index > raftlog_last_index(&core->log)
               ? "it acknowledges what was not sent"
               : NULL;
}

static const char *check_heartbeat(const struct core *core,
                                   const struct message *m)
{
    return core->config.keep_going_after_loss &&
                   m->commit > raftlog_last_index(&core->log)
               ? "what it says is committed was lost here"
               : NULL;
}

static const char *check_content(const struct core *core,
                                 const struct message *m)
{
    switch (m->type) {
    case MSG_PROP:
        return check_proposal(m);
    case MSG_APP:
        return check_append(m);
    case MSG_APP_RESP:
        return check_answer(core, m);
    case MSG_SNAP:
        return check_snapshot(core, m);
    case MSG_HEARTBEAT:
        return check_heartbeat(core, m);
    case MSG_READ_INDEX:
        return m->entries.count == 1 ? NULL : "it has not one entry";
    default:
        return NULL;
    }
}

enum core_error core_check_message(const struct core *core,
                                   const struct message *m, const char **why)
{
    const char *wrong = check_numbers(m);
    if (!wrong && (m->from == APPEND_NODE || m->from == APPLY_NODE)) {
        wrong = check_thread(core, m);
    }
    if (!wrong && m->from == core->config.id) {
        wrong = check_own(m);
    }
    if (!wrong && is_heard(core, m)) {
        wrong = check_content(core, m);
    }
    if (wrong && why) {
        *why = wrong;
    }
    return wrong ? CORE_MALFORMED : CORE_OK;
}
