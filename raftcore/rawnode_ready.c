/* rawnode_ready.c - a Raft node that its application drives: Ready and Advance.
 * Layer: raftcore. docs/raftcore-spec.md §6; etcd: HasReady,
 * readyWithoutAccept, acceptReady, Advance. */
#include "base/assert.h"
#include "raftcore/fatal.h"
#include "raftcore/rawnode.h"
#include "raftcore/rawnode_state.h"

/* ---- Whether there is one ------------------------------------------------*/

bool rc_rawnode_has_ready(const struct rc_rawnode *node)
{
    const struct core *core = node->core;
    struct rc_hard_state hs = core_hard_state(core);
    return core->msgs.count > 0 || core->msgs_after_append.count > 0 ||
           unstable_has_next_entries(&core->log.unstable) ||
           unstable_has_next_snapshot(&core->log.unstable) ||
           raftlog_has_next_committed(&core->log,
                                      !core->config.async_storage_writes) ||
           core->read_states.count > 0 ||
           !rc_soft_state_equal(core_soft_state(core), node->soft_state) ||
           (!rc_hard_state_empty(hs) &&
            !rc_hard_state_equal(hs, node->hard_state));
}

/* ---- Messages of asynchronous writes ------------------------------------*/

/* An acknowledgement names the last entry of the log as of now, not of this
 * Ready: if it is processed in the term in which it was made, everything up to
 * that entry is durable. Take this run, with one entry per message (index,
 * term):
 *
 *     term 1   the entry (5, 1) is handed out; the write is slow
 *     term 2   a leader overwrites it by (5, 2), which is handed out
 *     term 3   a leader overwrites that by (5, 1) again, which is handed out
 *     now      the first write is acknowledged: (5, 1) is durable
 *
 * It matches the log, but the disk may be at (5, 2) next. So acknowledgements
 * of an earlier term count for nothing (step.c, step_old_write()). As each new
 * term is itself written, another acknowledgement follows, and it must cover
 * entries that an ignored one was for: those handed out before and still
 * unstable. */
static bool needs_append_response(const struct core *core,
                                  const struct rc_ready *ready)
{
    return core->log.unstable.entries.count > 0 || ready->snapshot;
}

static struct rc_message append_response(const struct core *core,
                                         const struct rc_ready *ready)
{
    struct rc_message m = {
        .type = RC_MSG_STORAGE_APPEND_RESP,
        .to = core->config.id,
        .from = RC_APPEND_THREAD,
        .term = core->term,
        .snapshot = rc_snapshot_share(ready->snapshot),
    };
    if (core->log.unstable.entries.count > 0) {
        struct entry_id last = raftlog_last_entry_id(&core->log);
        m.index = last.index;
        m.log_term = last.term;
    }
    return m;
}

/* Takes the responses that must be persisted first: the append thread delivers
 * them after the write. */
static void add_append_message(struct core *core, struct rc_ready *ready)
{
    struct rc_hard_state hs = ready->hard_state;
    LAB_ASSERT(core->config.async_storage_writes);
    struct rc_message m = {
        .type = RC_MSG_STORAGE_APPEND,
        .to = RC_APPEND_THREAD,
        .from = core->config.id,
        .entries = rc_entries_share(&ready->entries, 0, ready->entries.count),
        .term = hs.term,
        .vote = hs.vote,
        .commit = hs.commit,
        .snapshot = rc_snapshot_share(ready->snapshot),
        .responses = core->msgs_after_append,
    };
    core->msgs_after_append = (struct rc_messages){NULL, 0, 0};
    if (needs_append_response(core, ready)) {
        struct rc_message response = append_response(core, ready);
        rc_messages_append(&m.responses, &response);
    }
    rc_messages_append(&ready->messages, &m);
}

static struct rc_message apply_response(const struct core *core,
                                        const struct rc_ready *ready)
{
    return (struct rc_message){
        .type = RC_MSG_STORAGE_APPLY_RESP,
        .to = core->config.id,
        .from = RC_APPLY_THREAD,
        .entries = rc_entries_share(&ready->committed_entries, 0,
                                    ready->committed_entries.count),
    };
}

static void add_apply_message(const struct core *core, struct rc_ready *ready)
{
    struct rc_message m = {
        .type = RC_MSG_STORAGE_APPLY,
        .to = RC_APPLY_THREAD,
        .from = core->config.id,
        .entries = rc_entries_share(&ready->committed_entries, 0,
                                    ready->committed_entries.count),
    };
    struct rc_message response = apply_response(core, ready);
    rc_messages_append(&m.responses, &response);
    rc_messages_append(&ready->messages, &m);
}

static void add_storage_messages(struct core *core, struct rc_ready *ready)
{
    if (ready->entries.count > 0 || !rc_hard_state_empty(ready->hard_state) ||
        ready->snapshot || core->msgs_after_append.count > 0) {
        add_append_message(core, ready);
    }
    if (ready->committed_entries.count > 0) {
        add_apply_message(core, ready);
    }
}

/* ---- What Advance will step ----------------------------------------------*/

static void swap(struct rc_messages *a, struct rc_messages *b)
{
    struct rc_messages former = *a;
    *a = *b;
    *b = former;
}

static size_t count_self_directed(const struct core *core)
{
    size_t own = 0;
    for (size_t i = 0; i < core->msgs_after_append.count; i++) {
        own += core->msgs_after_append.at[i].to == core->config.id;
    }
    return own;
}

/* Responses to others join the other messages, which are sent after the write.
 * Self-directed ones are kept for rc_rawnode_advance(), which says that it is
 * done. Where all are of one kind the lists are swapped, so that both keep
 * their memory. */
static void split_responses(struct rc_rawnode *node, struct rc_ready *ready)
{
    struct core *core = node->core;
    size_t own = count_self_directed(core);
    if (own == 0 && ready->messages.count == 0) {
        swap(&core->msgs_after_append, &ready->messages);
        return;
    }
    if (own == core->msgs_after_append.count) {
        swap(&core->msgs_after_append, &node->self_responses);
        return;
    }
    for (size_t i = 0; i < core->msgs_after_append.count; i++) {
        const struct rc_message *m = &core->msgs_after_append.at[i];
        rc_messages_append(m->to == core->config.id ? &node->self_responses
                                                    : &ready->messages,
                           m);
    }
    core->msgs_after_append.count = 0;
}

static void prepare_advance(struct rc_rawnode *node,
                            const struct rc_ready *ready)
{
    const struct rc_entries *committed = &ready->committed_entries;
    node->has_append_response = needs_append_response(node->core, ready);
    if (node->has_append_response) {
        node->append_response = append_response(node->core, ready);
    }
    node->applied = 0;
    if (committed->count > 0) {
        node->applied = committed->at[committed->count - 1].index;
        node->applied_payload =
            rc_entries_payload(committed->at, committed->count);
    }
}

static bool is_advanced(const struct rc_rawnode *node)
{
    return node->self_responses.count == 0 && !node->has_append_response &&
           node->applied == 0;
}

/* ---- Ready ---------------------------------------------------------------*/

static void fill_states(struct rc_rawnode *node, struct rc_ready *ready)
{
    struct rc_soft_state ss = core_soft_state(node->core);
    struct rc_hard_state hs = core_hard_state(node->core);
    struct rc_hard_state before = node->hard_state;
    if (!rc_soft_state_equal(ss, node->soft_state)) {
        ready->has_soft_state = true;
        ready->soft_state = node->soft_state = ss;
    }
    if (!rc_hard_state_empty(hs) && !rc_hard_state_equal(hs, before)) {
        ready->hard_state = node->hard_state = hs;
    }
    /* A commit index that is lost in a crash is learned again; a vote, a term
     * or an entry is not. */
    ready->must_sync = ready->entries.count > 0 || hs.vote != before.vote ||
                       hs.term != before.term;
}

/* By swapping, so that both lists keep their memory. */
static void take_lists(struct core *core, struct rc_ready *ready)
{
    swap(&core->msgs, &ready->messages);
    struct rc_read_states reads = ready->read_states;
    ready->read_states = core->read_states;
    core->read_states = reads;
}

void rc_rawnode_ready(struct rc_rawnode *node, struct rc_ready *ready)
{
    struct core *core = node->core;
    bool async = core->config.async_storage_writes;
    if (!is_advanced(node)) {
        rc_fatal("two accepted Ready structs without call to Advance");
    }
    rc_ready_clear(ready);
    take_lists(core, ready);
    ready->entries = unstable_next_entries(&core->log.unstable);
    ready->snapshot = unstable_next_snapshot(&core->log.unstable);
    ready->committed_entries = raftlog_next_committed(&core->log, !async);
    fill_states(node, ready);
    if (async) {
        add_storage_messages(core, ready);
    } else {
        split_responses(node, ready);
        prepare_advance(node, ready);
    }
    /* From here on nothing of it is handed out again. */
    unstable_accept_in_progress(&core->log.unstable);
    core_trace(core, RC_TRACE_READY, NULL);
    const struct rc_entries *committed = &ready->committed_entries;
    if (committed->count > 0) {
        node->applied_bytes = rc_entries_size(committed->at, committed->count);
        raftlog_accept_applying(&core->log,
                                committed->at[committed->count - 1].index,
                                node->applied_bytes, !async);
    }
}

void rc_rawnode_advance(struct rc_rawnode *node)
{
    struct core *core = node->core;
    if (core->config.async_storage_writes) {
        rc_fatal("Advance must not be called when using AsyncStorageWrites");
    }
    /* A step may queue new self-directed responses, for the next Ready. */
    for (size_t i = 0; i < node->self_responses.count; i++) {
        (void)core_step(core, &node->self_responses.at[i]);
    }
    rc_messages_clear(&node->self_responses);
    if (node->has_append_response) {
        node->has_append_response = false;
        (void)core_step(core, &node->append_response);
        rc_message_release(&node->append_response);
    }
    if (node->applied > 0) {
        core_applied_to(core, node->applied, node->applied_bytes);
        core_reduce_uncommitted(core, node->applied_payload);
        node->applied = 0;
    }
}
