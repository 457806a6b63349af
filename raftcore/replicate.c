/* replicate.c - a leader brings its log to the others.
 * Layer: raftcore. Paper: 5.3, 5.4.2, 7. Specification, sections 5.11, 5.12. */

#include <stdio.h>

#include "raftcore/core.h"
#include "raftcore/fatal.h"

/* ---- The own log ---------------------------------------------------------*/

/* Would so many bytes more be too much? One proposal is always taken while
 * nothing else waits, and entries without data always are. */
static bool too_much(struct core *core, uint64_t bytes)
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
    if (too_much(core, rc_entries_payload(at, count))) {
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
    /* It counts once it is saved. */
    core_send(core, &(struct rc_message){.type = RC_MSG_APP_RESP,
                                         .to = core->config.id,
                                         .index = last + count});
    return RC_OK;
}

/* Figure 2, Leaders rule 4. */
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

/* The mark of a membership that began in this term: see member_epochs. */
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
    send_snapshot(core, pr, snapshot);
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
        return maybe_send_snapshot(core, pr); /* it is compacted */
    }
    /* With a full window an empty message still brings the commit index. */
    if (pr->state != RC_PROGRESS_REPLICATE ||
        !rc_inflights_full(&pr->inflights)) {
        enum rc_error error = raftlog_entries(
            &core->log, pr->next, core->config.max_size_per_msg, &m.entries);
        if (error != RC_OK) {
            return maybe_send_snapshot(core, pr);
        }
    }
    if (m.entries.count == 0 && !send_if_empty) {
        return false;
    }
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
    uint64_t token = read_queue_newest(&core->read_queue);
    for (size_t i = 0; i < core->tracker.progress.count; i++) {
        struct rc_progress *pr = &core->tracker.progress.at[i];
        if (pr->id == core->config.id) {
            continue;
        }
        /* Not more than is known to be there: it may be behind, or its log may
         * differ. */
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

/* ---- Answers -------------------------------------------------------------*/

/* Both sides skip whole terms: the hint is the last entry there whose term is
 * not higher than that of the entry that did not match. */
static void on_rejection(struct core *core, const struct rc_message *m,
                         struct rc_progress *pr)
{
    uint64_t next = m->reject_hint;
    CORE_LOG(core, DEBUG,
             "received MsgAppResp(rejected, hint: (index " D64 ", term " D64
             ")) from " X64 " for index " D64,
             m->reject_hint, m->log_term, m->from, m->index);
    if (m->log_term > 0) {
        next = raftlog_find_conflict_by_term(&core->log, m->reject_hint,
                                             m->log_term)
                   .index;
    }
    if (!rc_progress_maybe_decr_to(pr, m->index, next)) {
        return;
    }
    core_log_progress(core, pr, "decreased progress of", " to ");
    if (pr->state == RC_PROGRESS_REPLICATE) {
        rc_progress_become_probe(pr);
    }
    core_maybe_send_append(core, pr, true);
}

static void advance_state(struct core *core, const struct rc_message *m,
                          struct rc_progress *pr)
{
    switch (pr->state) {
    case RC_PROGRESS_PROBE:
        rc_progress_become_replicate(pr);
        break;
    case RC_PROGRESS_SNAPSHOT:
        /* Whatever brought it there, the log goes on from it. */
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
    if (known && !(pr->match == m->index && pr->state == RC_PROGRESS_PROBE)) {
        return;
    }
    advance_state(core, m, pr);
    bool is_self = pr->id == core->config.id;
    if (core_maybe_commit(core)) {
        core_release_pending_reads(core);
        core_bcast_append(core);
    } else if (!is_self &&
               rc_progress_can_bump_commit(pr, core->log.committed)) {
        core_maybe_send_append(core, pr, true);
    }
    /* There may be room for more than one message now. */
    while (!is_self && core_maybe_send_append(core, pr, false)) {
    }
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
    if (core->config.member_epochs &&
        read_token_decode(m->context) != pr->epoch) {
        return; /* of an earlier membership */
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
    pr->recent_active = true;
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
        pr->pending_snapshot = 0; /* so that it is probed from its match on */
    }
    rc_progress_become_probe(pr);
    core_log_progress(core, pr,
                      m->reject ? "snapshot failed, resumed sending "
                                  "replication messages to"
                                : "snapshot succeeded, resumed sending "
                                  "replication messages to",
                      " ");
    /* Its answer, or that to a heartbeat, will say that it listens. */
    pr->flow_paused = true;
}

void core_on_unreachable(struct core *core, struct rc_progress *pr)
{
    /* What was sent without waiting may be lost. */
    if (pr->state == RC_PROGRESS_REPLICATE) {
        rc_progress_become_probe(pr);
    }
    core_log_progress(core, pr, "failed to send message to",
                      " because it is unreachable ");
}
