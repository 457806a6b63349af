/* replicate.c - a leader replicates its log.
 * Layer: raftcore. Paper §5.3, §5.4.2, §7; docs/raftcore-spec.md §5.11, §5.12;
 * etcd: appendEntry, maybeSendAppend, maybeSendSnapshot, bcastHeartbeat, and
 * the responses in stepLeader.
 *
 * What the leader knows of a member is its progress (progress.h). To one that
 * it probes it sends one message and waits; to one whose log is known to match
 * it sends entries as they are appended, up to a window; one that needs a
 * snapshot gets nothing else until that has arrived. */
#include <stdio.h>

#include "base/assert.h"
#include "raftcore/core.h"
#include "raftcore/fatal.h"

/* ---- The own log ---------------------------------------------------------*/

/* Count bytes of proposed data as uncommitted, unless that exceeds the limit.
 * While nothing is uncommitted a proposal of any size is taken, or a large one
 * could never be; entries without data always are, or a new leader's first, or
 * the end of a joint configuration, could be dropped. */
static bool exceeds_limit(struct core *core, uint64_t bytes)
{
    uint64_t limit = core->config.max_uncommitted_entries_size;
    if (core->uncommitted_size > 0 && bytes > 0 &&
        (bytes > limit || core->uncommitted_size > limit - bytes)) {
        return true;
    }
    core->uncommitted_size += bytes;
    return false;
}

enum rc_error core_append_entries(struct core *core, const struct rc_entry *at,
                                  size_t count)
{
    uint64_t last = raftlog_last_index(&core->log);
    LAB_ASSERT(core->state == RC_LEADER);
    if (exceeds_limit(core, rc_entries_payload(at, count))) {
        CORE_LOG(core, WARN,
                 "appending new entries to log would exceed uncommitted entry "
                 "size limit; dropping proposal");
        return RC_PROPOSAL_DROPPED;
    }
    for (size_t i = 0; i < count; i++) {
        struct rc_entry entry = at[i];
        entry.term = core->term;
        entry.index = last + 1 + i;
        raftlog_append(&core->log, &entry, 1);
    }
    core_trace(core, RC_TRACE_REPLICATE, NULL);
    /* A self-directed response that must be persisted first: the leader's own
     * entries count towards a quorum like those of a follower. It can so write
     * them while it sends them (thesis §10.2.1), and if its disk is the slowest
     * a quorum of the others commits without it. */
    core_send(core, &(struct rc_message){.type = RC_MSG_APP_RESP,
                                         .to = core->config.id,
                                         .index = last + count});
    return RC_OK;
}

/* Figure 2, Leaders, last rule: an index that a majority has, if its entry is
 * of this term. Figure 8 shows why: an entry of an earlier term that a majority
 * has can still be overwritten by a leader whose last entry has a higher term
 * than it. An entry of this term on a majority excludes such leaders, and
 * commits all before it. */
bool core_maybe_commit(struct core *core)
{
    struct entry_id at = {core->term, rc_tracker_committed(&core->tracker)};
    bool moved = raftlog_maybe_commit(&core->log, at);
    if (moved) {
        core_trace(core, RC_TRACE_COMMIT, NULL);
    }
    return moved;
}

/* ---- Snapshots -----------------------------------------------------------*/

/* With member_epochs: which of a member's memberships in this term is meant. */
static struct rc_payload *epoch_context(const struct core *core,
                                        const struct rc_progress *pr)
{
    return core->config.member_epochs ? read_token_encode(pr->epoch) : NULL;
}

static void log_snapshot(const struct core *core, const struct rc_progress *pr,
                         const struct rc_snapshot *snapshot)
{
    char before[128];
    snprintf(before, sizeof(before),
             "[firstindex: " D64 ", commit: " D64 "] sent snapshot[index: " D64
             ", term: " D64 "] to",
             raftlog_first_index(&core->log), core->log.committed,
             snapshot->index, snapshot->term);
    core_log_progress(core, pr, before, " ");
}

static void send_snapshot(struct core *core, struct rc_progress *pr,
                          struct rc_snapshot *snapshot)
{
    LAB_ASSERT(pr->id != core->config.id);
    log_snapshot(core, pr, snapshot);
    rc_progress_become_snapshot(pr, snapshot->index);
    core_log_progress(core, pr, "paused sending replication messages to", " ");
    core_send(core, &(struct rc_message){.type = RC_MSG_SNAP,
                                         .to = pr->id,
                                         .snapshot = snapshot,
                                         .context = epoch_context(core, pr)});
}

static bool maybe_send_snapshot(struct core *core, struct rc_progress *pr)
{
    struct rc_snapshot *snapshot = NULL;
    /* A snapshot may be large, and to a member that is down it would be sent
     * for nothing. It gets one when it has responded to a heartbeat. */
    if (!pr->recent_active) {
        rc_log(core->config.logger, RC_LOG_DEBUG,
               "ignore sending snapshot to " X64
               " since it is not recently active",
               pr->id);
        return false;
    }
    enum rc_error error = raftlog_snapshot(&core->log, &snapshot);
    if (error == RC_SNAP_LATER) {
        CORE_LOG(core, DEBUG,
                 "failed to send snapshot to " X64
                 " because snapshot is temporarily unavailable",
                 pr->id);
        return false;
    }
    if (error != RC_OK) {
        rc_fatal("unexpected error (%s)", rc_error_text(error));
    }
    if (rc_snapshot_empty(snapshot)) {
        rc_fatal("need non-empty snapshot");
    }
    LAB_ASSERT(pr->state != RC_PROGRESS_SNAPSHOT);
    send_snapshot(core, pr, snapshot);
    LAB_ASSERT(rc_progress_paused(pr));
    return true;
}

/* ---- Entries -------------------------------------------------------------*/

bool core_maybe_send_append(struct core *core, struct rc_progress *pr,
                            bool send_if_empty)
{
    struct rc_message m = {
        .type = RC_MSG_APP, .to = pr->id, .index = pr->next - 1};
    if (rc_progress_paused(pr) ||
        (!send_if_empty && pr->next > raftlog_last_index(&core->log))) {
        return false;
    }
    if (raftlog_term(&core->log, m.index, &m.log_term) != RC_OK) {
        /* The entry before the next one is compacted here. */
        return maybe_send_snapshot(core, pr);
    }
    /* With a full window an empty message is still sent after each heartbeat
     * response. It carries the commit index, and its rejection reveals messages
     * that were lost: without it, a window full of lost messages would pause
     * the member for ever. */
    if (pr->state != RC_PROGRESS_REPLICATE ||
        !rc_inflights_full(&pr->inflights)) {
        enum rc_error error = raftlog_entries(
            &core->log, pr->next, core->config.max_size_per_msg, &m.entries);
        if (error != RC_OK) { /* compacted between the two questions */
            return maybe_send_snapshot(core, pr);
        }
    }
    if (m.entries.count == 0 && !send_if_empty) {
        return false;
    }
    /* May be higher than what the member will have after these entries; it
     * takes the lower of the two (follow.c). */
    m.commit = core->log.committed;
    m.context = epoch_context(core, pr);
    uint64_t count = m.entries.count;
    uint64_t bytes = rc_entries_payload(m.entries.at, m.entries.count);
    core_send(core, &m);
    rc_progress_sent_entries(pr, count, bytes);
    pr->sent_commit = core->log.committed;
    return true;
}

void core_bcast_append(struct core *core)
{
    for (size_t i = 0; i < core->tracker.progress.count; i++) {
        struct rc_progress *pr = &core->tracker.progress.at[i];
        if (pr->id != core->config.id) {
            core_maybe_send_append(core, pr, true);
        }
    }
}

void core_bcast_heartbeat(struct core *core)
{
    LAB_ASSERT(core->state == RC_LEADER);
    uint64_t token = read_queue_newest(&core->read_queue);
    for (size_t i = 0; i < core->tracker.progress.count; i++) {
        struct rc_progress *pr = &core->tracker.progress.at[i];
        if (pr->id == core->config.id) {
            continue;
        }
        /* A heartbeat has no entry by which the member could check that its
         * log matches, so it must not commit more than is known to match. With
         * the leader's commit index it might commit an entry that an earlier
         * leader sent it and that was never committed, or one that it does not
         * have. */
        uint64_t committed = core->log.committed;
        uint64_t commit = pr->match < committed ? pr->match : committed;
        core_send(core,
                  &(struct rc_message){.type = RC_MSG_HEARTBEAT,
                                       .to = pr->id,
                                       .commit = commit,
                                       .context = read_token_encode(token)});
        pr->sent_commit = commit;
    }
}

/* ---- Responses -----------------------------------------------------------*/

/* Find the last entry that both logs may have in common, skipping a term at a
 * time (end of paper §5.3, on both sides). Terms never fall along a log. If the
 * probed entry (index, term) does not match, then
 *
 *   the follower responds with its last entry up to index whose term is <=
 * term: its later ones cannot be in the leader's log before index; the leader
 * goes on from its last entry up to that one whose term is not higher than the
 * follower's there: its later ones are not in that log.
 *
 *     index      1 2 3 4 5 6 7 8
 *     leader     1 1 4 4 4 5 5 6    probes (8, 6)
 *     follower   1 1 2 2 2 3 3 3    has (8, 3) there: rejects, hint (8, 3)
 *                                   leader: last entry of term <= 3 is 2
 *
 *     leader     1 1 1 1 1 1 1 7    probes (7, 1)
 *     follower   1 1 3 3 3 3        its last entry of term <= 1 is 2: hint (2,
 * 1)
 *
 * In both cases the next probe matches; one index at a time would take six and
 * five. Each rejection skips at least a term of either log. */
static void on_rejection(struct core *core, const struct rc_message *m,
                         struct rc_progress *pr)
{
    LAB_ASSERT(m->reject);
    uint64_t next = m->reject_hint;
    CORE_LOG(core, DEBUG,
             "received MsgAppResp(rejected, hint: (index " D64 ", term " D64
             ")) from " X64 " for index " D64,
             m->reject_hint, m->log_term, m->from, m->index);
    /* 0: the follower has nothing there, or has compacted it. */
    if (m->log_term > 0) {
        next = raftlog_find_conflict_by_term(&core->log, m->reject_hint,
                                             m->log_term)
                   .index;
    }
    if (!rc_progress_maybe_decr_to(pr, m->index, next)) {
        return; /* of an earlier message: it was answered already */
    }
    core_log_progress(core, pr, "decreased progress of", " to ");
    /* A message was lost, so those behind it are rejected, too: one at a time
     * until it is known again where the logs match. */
    if (pr->state == RC_PROGRESS_REPLICATE) {
        rc_progress_become_probe(pr);
    }
    core_maybe_send_append(core, pr, true);
}

/* The member has acknowledged entries: send it more, or at a higher rate. */
static void advance_state(struct core *core, const struct rc_message *m,
                          struct rc_progress *pr)
{
    switch (pr->state) {
    case RC_PROGRESS_PROBE:
        rc_progress_become_replicate(pr);
        break;
    case RC_PROGRESS_SNAPSHOT:
        /* Not "has the snapshot's index": it may have got another snapshot, or
         * have caught up some other way. What counts is that the entry behind
         * its match can be sent from this log. */
        if (pr->match + 1 >= raftlog_first_index(&core->log)) {
            core_log_progress(core, pr,
                              "recovered from needing snapshot, resumed "
                              "sending replication messages to",
                              " ");
            rc_progress_become_probe(pr);
            rc_progress_become_replicate(pr);
        }
        break;
    case RC_PROGRESS_REPLICATE:
        rc_inflights_free_le(&pr->inflights, m->index);
        break;
    }
}

static void on_acceptance(struct core *core, const struct rc_message *m,
                          struct rc_progress *pr)
{
    bool known = !rc_progress_maybe_update(pr, m->index);
    LAB_ASSERT(pr->match <= raftlog_last_index(&core->log));
    /* Known already, but the response to a probe: it matches, as at a new
     * leader's first message to a member that has everything. */
    if (known && !(pr->match == m->index && pr->state == RC_PROGRESS_PROBE)) {
        return;
    }
    advance_state(core, m, pr);
    bool is_self = pr->id == core->config.id;
    if (core_maybe_commit(core)) {
        /* The first commit of a term lets reads begin; every commit is passed
         * on at once, so that followers apply it without waiting for the next
         * entry or heartbeat. */
        core_release_pending_reads(core);
        core_bcast_append(core);
    } else if (!is_self &&
               rc_progress_can_bump_commit(pr, core->log.committed)) {
        core_maybe_send_append(core, pr, true);
    }
    /* One acknowledgement can free room for several messages in the window,
     * and what is left of a large backlog goes out without further delay. */
    while (!is_self && core_maybe_send_append(core, pr, false)) {
    }
    /* The transferee has caught up (transfer.c). */
    if (m->from == core->lead_transferee &&
        pr->match == raftlog_last_index(&core->log)) {
        CORE_LOG(core, INFO,
                 "sent MsgTimeoutNow to " X64 " after received MsgAppResp",
                 m->from);
        core_send_timeout_now(core, m->from);
    }
}

void core_on_append_response(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr)
{
    /* Of an earlier membership: its log may have been emptied since. */
    if (core->config.member_epochs &&
        read_token_decode(m->context) != pr->epoch) {
        return;
    }
    pr->recent_active = true;
    if (m->reject) {
        on_rejection(core, m, pr);
    } else {
        on_acceptance(core, m, pr);
    }
}

void core_on_heartbeat_response(struct core *core, const struct rc_message *m,
                                struct rc_progress *pr)
{
    LAB_ASSERT(core->state == RC_LEADER);
    pr->recent_active = true;
    /* The member lives, so a pause ends, once per heartbeat: one probe, or one
     * message beyond a full window. */
    pr->flow_paused = false;
    if (pr->match < raftlog_last_index(&core->log) ||
        pr->state == RC_PROGRESS_PROBE) {
        core_maybe_send_append(core, pr, true);
    }
    core_on_read_ack(core, m);
}

void core_on_snapshot_status(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr)
{
    if (pr->state != RC_PROGRESS_SNAPSHOT) {
        return;
    }
    if (m->reject) {
        /* Before become_probe(), which would go on behind the snapshot. */
        pr->pending_snapshot = 0;
    }
    rc_progress_become_probe(pr);
    core_log_progress(core, pr,
                      m->reject ? "snapshot failed, resumed sending "
                                  "replication messages to"
                                : "snapshot succeeded, resumed sending "
                                  "replication messages to",
                      " ");
    /* If it arrived, its RC_MSG_APP_RESP is on the way; if not, try again with
     * the next heartbeat response, not at once. */
    pr->flow_paused = true;
    LAB_ASSERT(pr->state == RC_PROGRESS_PROBE);
}

void core_on_unreachable(struct core *core, struct rc_progress *pr)
{
    /* Messages were sent without waiting for responses, and some are lost. */
    if (pr->state == RC_PROGRESS_REPLICATE) {
        rc_progress_become_probe(pr);
    }
    core_log_progress(core, pr, "failed to send message to",
                      " because it is unreachable ");
    LAB_ASSERT(pr->state != RC_PROGRESS_REPLICATE);
}
