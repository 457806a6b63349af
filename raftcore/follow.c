/* follow.c - a follower processes what the leader sends.
 * Layer: raftcore. Paper Figure 2 (AppendEntries) and Figure 13;
 * docs/raftcore-spec.md §5.11, §5.12; etcd: handleAppendEntries,
 * handleHeartbeat, handleSnapshot, restore. */
#include "base/assert.h"
#include "raftcore/core.h"
#include "raftcore/describe.h"
#include "raftcore/fatal.h"

/* ---- Entries -------------------------------------------------------------*/

/* With member_epochs the leader's context is sent back unchanged. */
static struct rc_payload *epoch_of(const struct core *core,
                                   const struct rc_message *m)
{
    return core->config.member_epochs ? rc_payload_share(m->context) : NULL;
}

static void reject_append(struct core *core, const struct rc_message *m)
{
    uint64_t own_term = 0;
    (void)raftlog_term(&core->log, m->index, &own_term);
    CORE_LOG(core, DEBUG,
             "[logterm: " D64 ", index: " D64 "] rejected MsgApp [logterm: " D64
             ", index: " D64 "] from " X64,
             own_term, m->index, m->log_term, m->index, m->from);
    /* A hint from which the leader goes on: replicate.c, on_rejection(). */
    uint64_t last = raftlog_last_index(&core->log);
    struct entry_id hint = raftlog_find_conflict_by_term(
        &core->log, m->index < last ? m->index : last, m->log_term);
    LAB_ASSERT(hint.index <= m->index);
    core_send(core, &(struct rc_message){.type = RC_MSG_APP_RESP,
                                         .to = m->from,
                                         .index = m->index,
                                         .reject = true,
                                         .reject_hint = hint.index,
                                         .log_term = hint.term,
                                         .context = epoch_of(core, m)});
}

static void accept_append(struct core *core, const struct rc_message *m,
                          uint64_t index)
{
    core_send(core, &(struct rc_message){.type = RC_MSG_APP_RESP,
                                         .to = m->from,
                                         .index = index,
                                         .context = epoch_of(core, m)});
}

void core_handle_append(struct core *core, const struct rc_message *m)
{
    struct log_slice slice = {
        {m->log_term, m->index}, m->entries.at, m->entries.count};
    uint64_t last_new;
    if (m->index < core->log.committed) {
        /* A late or duplicated message. What is committed here is in the
         * leader's log as well: tell it how far that is. */
        accept_append(core, m, core->log.committed);
    } else if (raftlog_maybe_append(&core->log, &slice, m->commit, &last_new)) {
        accept_append(core, m, last_new);
    } else {
        reject_append(core, m);
    }
}

void core_handle_heartbeat(struct core *core, const struct rc_message *m)
{
    LAB_ASSERT(core->lead == m->from);
    /* The leader sends at most what it knows to match here: a higher index
     * means that this log has lost entries it acknowledged. */
    raftlog_commit_to(&core->log, m->commit);
    core_send(core,
              &(struct rc_message){.type = RC_MSG_HEARTBEAT_RESP,
                                   .to = m->from,
                                   .context = rc_payload_share(m->context)});
}

/* ---- Snapshots -----------------------------------------------------------*/

static bool is_in(const struct rc_conf_state *cs, uint64_t id)
{
    const struct rc_ids *sets[] = {&cs->voters, &cs->learners,
                                   &cs->voters_outgoing};
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        for (size_t k = 0; k < sets[i]->count; k++) {
            if (sets[i]->at[k] == id) {
                return true; /* from the network: in any order */
            }
        }
    }
    return false;
}

/* Return true if this node can be what the snapshot says it is. */
static bool is_for_us(struct core *core, const struct rc_snapshot *snapshot)
{
    if (core->state != RC_FOLLOWER) {
        /* Cannot be: step.c has made it one. Should it be wrong, a leader that
         * replaced its log would be worse than an election. */
        CORE_LOG(
            core, WARN,
            "attempted to restore snapshot as leader; should never happen");
        core_become_follower(core, core->term + 1, RC_NO_NODE);
        return false;
    }
    /* learners_next are voters_outgoing as well. A node that is in none of them
     * would have a log and no membership: it stays as it is. */
    if (!is_in(&snapshot->conf_state, core->config.id)) {
        struct rc_text text = {NULL, 0, 0};
        rc_describe_conf_state(&snapshot->conf_state, &text);
        CORE_LOG(core, WARN,
                 "attempted to restore snapshot but it is not in the ConfState "
                 "%s; should never happen",
                 rc_text_of(&text));
        rc_text_release(&text);
        return false;
    }
    return true;
}

static void restore_members(struct core *core,
                            const struct rc_snapshot *snapshot)
{
    struct rc_text error = {NULL, 0, 0};
    struct rc_tracker fresh = {
        .max_inflight = core->tracker.max_inflight,
        .max_inflight_bytes = core->tracker.max_inflight_bytes,
    };
    if (!rc_reconfigure_restore(&fresh, snapshot->index, &snapshot->conf_state,
                                &error)) {
        rc_fatal("unable to restore config: %s", rc_text_of(&error));
    }
    rc_tracker_release(&core->tracker);
    core->tracker = fresh;
    core_switch_config(core);
    LAB_ASSERT(core->tracker.progress.count > 0);
}

static void log_restore(const struct core *core, const char *what,
                        struct entry_id id)
{
    struct entry_id last = raftlog_last_entry_id(&core->log);
    CORE_LOG(core, INFO,
             "[commit: " D64 ", lastindex: " D64 ", lastterm: " D64
             "] %s snapshot [index: " D64 ", term: " D64 "]",
             core->log.committed, last.index, last.term, what, id.index,
             id.term);
}

/* Return true if the snapshot replaced the log; false: it is older than what is
 * committed, not for this node, or of an entry that the log has. */
static bool restore(struct core *core, struct rc_snapshot *snapshot)
{
    struct entry_id id = {snapshot->term, snapshot->index};
    if (snapshot->index <= core->log.committed || !is_for_us(core, snapshot)) {
        return false;
    }
    /* Paper §7: the log has the snapshot's last entry, so it has all before it,
     * too, and those behind it may be right. */
    if (raftlog_match_term(&core->log, id)) {
        log_restore(core, "fast-forwarded commit to", id);
        raftlog_commit_to(&core->log, id.index);
        return false;
    }
    raftlog_restore(&core->log, snapshot);
    restore_members(core, snapshot);
    log_restore(core, "restored", id);
    LAB_ASSERT(core->log.committed == id.index);
    LAB_ASSERT(raftlog_last_index(&core->log) == id.index);
    return true;
}

void core_handle_snapshot(struct core *core, const struct rc_message *m)
{
    LAB_ASSERT(m->snapshot);
    bool restored = restore(core, m->snapshot);
    CORE_LOG(core, INFO,
             "[commit: " D64 "] %s snapshot [index: " D64 ", term: " D64 "]",
             core->log.committed, restored ? "restored" : "ignored",
             m->snapshot->index, m->snapshot->term);
    accept_append(core, m,
                  restored ? raftlog_last_index(&core->log)
                           : core->log.committed);
}
