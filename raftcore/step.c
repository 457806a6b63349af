/* step.c - a message is processed: its term first, then what every role does
 * alike, then what this role does.
 * Layer: raftcore. Paper §5.1; docs/raftcore-spec.md §5.5, §5.6, §5.8; etcd:
 * Step, stepLeader, stepCandidate, stepFollower. */
#include <stdio.h>

#include "base/assert.h"
#include "raftcore/core.h"

/* ---- Terms ---------------------------------------------------------------*/

static bool is_transfer(const struct rc_message *m)
{
    return rc_bytes_equal(rc_payload_bytes(m->context),
                          rc_bytes_of_text(campaign_transfer_text));
}

/* Thesis §4.2.3: within an election timeout of hearing from a leader a node
 * ignores requests for votes, so that a server that was removed or cut off
 * cannot depose a leader that works. A leader counts as well: its lead is
 * itself, and its election_elapsed restarts as long as a quorum is active. If
 * the leader itself hands over (thesis §3.10), the request says so and counts.
 */
static bool in_lease(const struct core *core, const struct rc_message *m)
{
    return (m->type == RC_MSG_VOTE || m->type == RC_MSG_PRE_VOTE) &&
           !is_transfer(m) && core->config.check_quorum &&
           core->lead != RC_NO_NODE &&
           core->election_elapsed < core->config.election_tick;
}

static void log_in_lease(const struct core *core, const struct rc_message *m)
{
    char end[64];
    snprintf(end, sizeof(end), ": lease is not expired (remaining ticks: %d)",
             core->config.election_tick - core->election_elapsed);
    core_log_vote(core, m, "ignored", "from", end);
}

static void log_other_term(const struct core *core, const struct rc_message *m,
                           const char *verb, const char *which)
{
    CORE_LOG(core, INFO,
             "[term: " D64 "] %s a %s message with %s term from " X64
             " [term: " D64 "]",
             core->term, verb, rc_message_type_name(m->type), which, m->from,
             m->term);
}

/* Return true if the message is to be processed further. */
static bool step_higher_term(struct core *core, const struct rc_message *m)
{
    LAB_ASSERT(m->term > core->term);
    if (in_lease(core, m)) {
        log_in_lease(core, m);
        return false;
    }
    /* A pre-vote asks about a term that nobody is in yet, so it raises none;
     * nor does a granted one, as the pre-candidate enters that term when a
     * quorum has granted it. A rejection carries the voter's own term, which is
     * higher than ours, and raises it here. */
    if (m->type == RC_MSG_PRE_VOTE ||
        (m->type == RC_MSG_PRE_VOTE_RESP && !m->reject)) {
        return true;
    }
    log_other_term(core, m, "received", "higher");
    /* Only a leader sends these: now it is known, too. */
    bool of_leader = m->type == RC_MSG_APP || m->type == RC_MSG_HEARTBEAT ||
                     m->type == RC_MSG_SNAP;
    core_become_follower(core, m->term, of_leader ? m->from : RC_NO_NODE);
    LAB_ASSERT(core->term == m->term);
    return true;
}

/* An acknowledgement of the append thread that was made in an earlier term.
 * Its entries may have been overwritten by a later leader's and then rewritten
 * with the same index and term (ABA): the disk may be one write behind. What
 * is unstable now is acknowledged by a later response, since the change of the
 * term was written as well. A snapshot is of committed entries, which nobody
 * overwrites. */
static void step_old_write(struct core *core, const struct rc_message *m)
{
    if (m->index != 0) {
        CORE_LOG(core, INFO,
                 "[term: " D64 "] ignored entry appends from a %s message with "
                 "lower term [term: " D64 "]",
                 core->term, rc_message_type_name(m->type), m->term);
    }
    if (m->snapshot) {
        core_applied_snapshot(core, m->snapshot->index);
    }
}

static void step_lower_term(struct core *core, const struct rc_message *m)
{
    bool has_lease = core->config.check_quorum || core->config.pre_vote;
    LAB_ASSERT(m->term < core->term);
    if (has_lease && (m->type == RC_MSG_HEARTBEAT || m->type == RC_MSG_APP)) {
        /* This node is in a higher term than a leader: it campaigned while it
         * was cut off. Without leases its next campaign deposes the leader, and
         * all agree on a term again. With check_quorum or pre_vote the others
         * ignore its requests, and it ignores the leader: it would be stuck.
         * This response carries the higher term to the leader, who steps down,
         * and a new one is elected in a term above both. */
        core_send(core,
                  &(struct rc_message){.type = RC_MSG_APP_RESP, .to = m->from});
    } else if (m->type == RC_MSG_PRE_VOTE) {
        /* The pre-candidate has to learn our term. A response that it ignored
         * would let two nodes of different terms, each with pre_vote, wait for
         * each other for ever. */
        core_log_vote(core, m, "rejected", "from", "");
        core_send(core, &(struct rc_message){.type = RC_MSG_PRE_VOTE_RESP,
                                             .to = m->from,
                                             .term = core->term,
                                             .reject = true});
    } else if (m->type == RC_MSG_STORAGE_APPEND_RESP) {
        step_old_write(core, m);
    } else {
        log_other_term(core, m, "ignored", "lower");
    }
}

/* ---- Leader --------------------------------------------------------------*/

/* Thesis §6.2: a leader that a quorum has not responded to for an election
 * timeout steps down, so that clients look for another. Its term stays. */
static void check_quorum(struct core *core)
{
    if (!rc_tracker_quorum_active(&core->tracker)) {
        CORE_LOG(core, WARN,
                 "stepped down to follower since quorum is not active");
        core_become_follower(core, core->term, RC_NO_NODE);
    }
    /* The next timeout counts what arrives from now on. */
    for (size_t i = 0; i < core->tracker.progress.count; i++) {
        struct rc_progress *pr = &core->tracker.progress.at[i];
        if (pr->id != core->config.id) {
            pr->recent_active = false;
        }
    }
}

static void step_leader_of(struct core *core, const struct rc_message *m,
                           struct rc_progress *pr)
{
    LAB_ASSERT(pr->id == m->from);
    switch (m->type) {
    case RC_MSG_APP_RESP:
        core_on_append_response(core, m, pr);
        break;
    case RC_MSG_HEARTBEAT_RESP:
        core_on_heartbeat_response(core, m, pr);
        break;
    case RC_MSG_SNAP_STATUS:
        core_on_snapshot_status(core, m, pr);
        break;
    case RC_MSG_UNREACHABLE:
        core_on_unreachable(core, pr);
        break;
    case RC_MSG_TRANSFER_LEADER:
        core_on_transfer_leader(core, m, pr);
        break;
    default:
        break;
    }
}

static enum rc_error step_leader(struct core *core, const struct rc_message *m)
{
    LAB_ASSERT(core->lead == core->config.id);
    switch (m->type) {
    case RC_MSG_BEAT:
        core_bcast_heartbeat(core);
        return RC_OK;
    case RC_MSG_CHECK_QUORUM:
        check_quorum(core);
        return RC_OK;
    case RC_MSG_PROP:
        return core_propose_as_leader(core, &m->entries);
    case RC_MSG_READ_INDEX:
        core_on_read_index(core, m);
        return RC_OK;
    case RC_MSG_FORGET_LEADER:
        return RC_OK; /* it cannot forget itself */
    default:
        break;
    }
    /* All others are about a member, and it may be one no longer. */
    struct rc_progress *pr =
        rc_progress_map_get(&core->tracker.progress, m->from);
    if (pr) {
        step_leader_of(core, m, pr);
    } else {
        CORE_LOG(core, DEBUG, "no progress available for " X64, m->from);
    }
    return RC_OK;
}

/* ---- Candidate and follower ----------------------------------------------*/

static enum rc_error drop_proposal(const struct core *core)
{
    CORE_LOG(core, INFO, "no leader at term " D64 "; dropping proposal",
             core->term);
    return RC_PROPOSAL_DROPPED;
}

static void handle_of_leader(struct core *core, const struct rc_message *m)
{
    /* Election Safety (Figure 3): the sender is the one leader of this term. */
    LAB_ASSERT(core->state == RC_FOLLOWER);
    LAB_ASSERT(core->lead == m->from);
    switch (m->type) {
    case RC_MSG_APP:
        core_handle_append(core, m);
        break;
    case RC_MSG_HEARTBEAT:
        core_handle_heartbeat(core, m);
        break;
    default:
        core_handle_snapshot(core, m);
        break;
    }
}

static enum rc_error step_candidate(struct core *core,
                                    const struct rc_message *m)
{
    switch (m->type) {
    case RC_MSG_PROP:
        return drop_proposal(core);
    case RC_MSG_APP:
    case RC_MSG_HEARTBEAT:
    case RC_MSG_SNAP: /* paper §5.2: another has won the election of this term
                       */
        core_become_follower(core, m->term, m->from);
        handle_of_leader(core, m);
        break;
    case RC_MSG_VOTE_RESP:
    case RC_MSG_PRE_VOTE_RESP:
        core_on_vote_response(core, m);
        break;
    case RC_MSG_TIMEOUT_NOW: /* it campaigns already */
        CORE_LOG(core, DEBUG,
                 "[term " D64 " state %s] ignored MsgTimeoutNow from " X64,
                 core->term, rc_state_name(core->state), m->from);
        break;
    default:
        break;
    }
    return RC_OK;
}

/* As it is but for its receiver. It has no term: the leader takes it in
 * whatever term it is. */
static void forward_to_leader(struct core *core, const struct rc_message *m)
{
    struct rc_message copy = rc_message_share(m);
    LAB_ASSERT(core->lead != RC_NO_NODE);
    copy.to = core->lead;
    copy.term = 0;
    core_send(core, &copy);
}

static enum rc_error follower_proposal(struct core *core,
                                       const struct rc_message *m)
{
    if (core->lead == RC_NO_NODE) {
        return drop_proposal(core);
    }
    if (core->config.disable_proposal_forwarding) {
        CORE_LOG(core, INFO,
                 "not forwarding to leader " X64 " at term " D64
                 "; dropping proposal",
                 core->lead, core->term);
        return RC_PROPOSAL_DROPPED;
    }
    forward_to_leader(core, m);
    return RC_OK;
}

static void forward_or_drop(struct core *core, const struct rc_message *m,
                            const char *what)
{
    if (core->lead != RC_NO_NODE) {
        forward_to_leader(core, m);
        return;
    }
    CORE_LOG(core, INFO, "no leader at term " D64 "; dropping %s msg",
             core->term, what);
}

/* An application that knows that the leader is dead lets its followers vote
 * without waiting for the lease. Lease-based reads rely on that they wait. */
static void forget_leader(struct core *core)
{
    if (core->config.read_only_option == RC_READ_ONLY_LEASE_BASED) {
        rc_log(core->config.logger, RC_LOG_ERROR,
               "ignoring MsgForgetLeader due to ReadOnlyLeaseBased");
    } else if (core->lead != RC_NO_NODE) {
        CORE_LOG(core, INFO, "forgetting leader " X64 " at term " D64,
                 core->lead, core->term);
        core->lead = RC_NO_NODE;
    }
}

static void take_read_index(struct core *core, const struct rc_message *m)
{
    if (m->entries.count != 1) {
        CORE_LOG(core, ERROR,
                 "invalid format of MsgReadIndexResp from " X64
                 ", entries count: %zu",
                 m->from, m->entries.count);
        return;
    }
    rc_read_states_append(&core->read_states, m->index, m->entries.at[0].data);
}

static enum rc_error step_follower(struct core *core,
                                   const struct rc_message *m)
{
    switch (m->type) {
    case RC_MSG_PROP:
        return follower_proposal(core, m);
    case RC_MSG_APP:
    case RC_MSG_HEARTBEAT:
    case RC_MSG_SNAP:
        core->election_elapsed = 0; /* paper §5.2: the leader lives */
        core->lead = m->from;
        handle_of_leader(core, m);
        break;
    case RC_MSG_TRANSFER_LEADER:
        forward_or_drop(core, m, "leader transfer");
        break;
    case RC_MSG_FORGET_LEADER:
        forget_leader(core);
        break;
    case RC_MSG_TIMEOUT_NOW:
        CORE_LOG_TERM(core, INFO,
                      "received MsgTimeoutNow from " X64
                      " and starts an election to get leadership.",
                      m->from);
        /* Never a pre-vote: the leader knows that this log is complete, and
         * the cluster takes no proposals until the transfer is done. */
        core_hup(core, CAMPAIGN_TRANSFER);
        break;
    case RC_MSG_READ_INDEX:
        forward_or_drop(core, m, "index reading");
        break;
    case RC_MSG_READ_INDEX_RESP:
        take_read_index(core, m);
        break;
    default:
        break;
    }
    return RC_OK;
}

/* ---- All roles -----------------------------------------------------------*/

/* The append thread has written up to (m->index, m->log_term). */
static void on_appended(struct core *core, const struct rc_message *m)
{
    if (m->index != 0) {
        unstable_stable_to(&core->log.unstable, m->index, m->log_term);
    }
    if (m->snapshot) {
        core_applied_snapshot(core, m->snapshot->index);
    }
}

/* The apply thread has applied m->entries. */
static void on_applied(struct core *core, const struct rc_message *m)
{
    const struct rc_entries *entries = &m->entries;
    if (entries->count > 0) {
        core_applied_to(core, entries->at[entries->count - 1].index,
                        rc_entries_size(entries->at, entries->count));
        core_reduce_uncommitted(
            core, rc_entries_payload(entries->at, entries->count));
    }
}

static enum rc_error step_role(struct core *core, const struct rc_message *m)
{
    switch (core->state) {
    case RC_LEADER:
        return step_leader(core, m);
    case RC_FOLLOWER:
        return step_follower(core, m);
    default:
        return step_candidate(core, m);
    }
}

static enum rc_error step_term(struct core *core, const struct rc_message *m)
{
    switch (m->type) {
    case RC_MSG_HUP:
        core_hup(core, core->config.pre_vote ? CAMPAIGN_PRE_ELECTION
                                             : CAMPAIGN_ELECTION);
        return RC_OK;
    case RC_MSG_STORAGE_APPEND_RESP:
        on_appended(core, m);
        return RC_OK;
    case RC_MSG_STORAGE_APPLY_RESP:
        on_applied(core, m);
        return RC_OK;
    case RC_MSG_VOTE:
    case RC_MSG_PRE_VOTE:
        core_on_vote_request(core, m);
        return RC_OK;
    default:
        return step_role(core, m);
    }
}

enum rc_error core_step(struct core *core, const struct rc_message *m)
{
    uint64_t committed = core->log.committed;
    enum rc_error error = RC_OK;
    LAB_ASSERT((unsigned)m->type < RC_MESSAGE_TYPE_COUNT);
    core_trace(core, RC_TRACE_RECEIVE, m);
    /* Term 0: a message of this node or its application, of no term. */
    if (m->term != 0 && m->term < core->term) {
        step_lower_term(core, m);
    } else if (m->term <= core->term || step_higher_term(core, m)) {
        error = step_term(core, m);
    }
    /* What is committed stays committed (Figure 3, Leader Completeness). */
    LAB_ASSERT(core->log.committed >= committed);
    return error;
}
