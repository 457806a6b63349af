/* rc_rawnode_ready.c - a Raft node that its application drives: what it has to
 * do.
 * Layer: raftcore. Specification, section 6. */
#include "raftcore/fatal.h"
#include "raftcore/rawnode.h"
#include "raftcore/rawnode_state.h"

/* ---- Is there anything? --------------------------------------------------*/

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

/* Whatever is not known to be saved will be told as saved by the last of these
 * answers, if it is of this term: an earlier answer might be of entries that
 * were replaced since. */
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

/* Takes the promises that wait for the write. */
static void add_append_message(struct core *core, struct rc_ready *ready)
{
    struct rc_hard_state hs = ready->hard_state;
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

/* ---- What synchronous writes tell the core at the end --------------------*/

static void change_places(struct rc_messages *a, struct rc_messages *b)
{
    struct rc_messages former = *a;
    *a = *b;
    *b = former;
}

static size_t own_promises(const struct core *core)
{
    size_t own = 0;
    for (size_t i = 0; i < core->msgs_after_append.count; i++) {
        own += core->msgs_after_append.at[i].to == core->config.id;
    }
    return own;
}

/* Promises to others go out with the other messages, as these are sent after
 * the write; those to itself are kept for the end of it. */
static void split_promises(struct rc_rawnode *node, struct rc_ready *ready)
{
    struct core *core = node->core;
    /* Mostly there are some of one kind, to an empty list. */
    size_t own = own_promises(core);
    if (own == 0 && ready->messages.count == 0) {
        change_places(&core->msgs_after_append, &ready->messages);
        return;
    }
    if (own == core->msgs_after_append.count) {
        change_places(&core->msgs_after_append, &node->promises);
        return;
    }
    for (size_t i = 0; i < core->msgs_after_append.count; i++) {
        const struct rc_message *m = &core->msgs_after_append.at[i];
        rc_messages_append(
            m->to == core->config.id ? &node->promises : &ready->messages, m);
    }
    core->msgs_after_append.count = 0;
}

static void note_end(struct rc_rawnode *node, const struct rc_ready *ready)
{
    const struct rc_entries *committed = &ready->committed_entries;
    node->has_written = needs_append_response(node->core, ready);
    if (node->has_written) {
        node->written = append_response(node->core, ready);
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
    return node->promises.count == 0 && !node->has_written &&
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
    ready->must_sync = ready->entries.count > 0 || hs.vote != before.vote ||
                       hs.term != before.term;
}

/* The lists change places, so that both keep their memory. */
static void take_lists(struct core *core, struct rc_ready *ready)
{
    change_places(&core->msgs, &ready->messages);
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
        split_promises(node, ready);
        note_end(node, ready);
    }
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
    /* What a step brings about may be promised anew: to the next Ready. */
    for (size_t i = 0; i < node->promises.count; i++) {
        (void)core_step(core, &node->promises.at[i]);
    }
    rc_messages_clear(&node->promises);
    if (node->has_written) {
        node->has_written = false;
        (void)core_step(core, &node->written);
        rc_message_release(&node->written);
    }
    if (node->applied > 0) {
        core_applied_to(core, node->applied, node->applied_bytes);
        core_reduce_uncommitted(core, node->applied_payload);
        node->applied = 0;
    }
}
