/* transfer.c - a leader hands its leadership over.
 * Layer: raftcore. Thesis §3.10; docs/raftcore-spec.md §5.15; etcd: the
 * MsgTransferLeader case of stepLeader.
 *
 * The leader brings the transferee's log up to its own end, taking no proposals
 * meanwhile, then tells it to campaign at once. It wins, as its log is complete
 * and it is the first. If it does not within an election timeout, the leader
 * goes on (core.c, tick_heartbeat()). */
#include "base/assert.h"
#include "raftcore/core.h"

void core_send_timeout_now(struct core *core, uint64_t to)
{
    LAB_ASSERT(core->state == RC_LEADER);
    core_send(core, &(struct rc_message){.type = RC_MSG_TIMEOUT_NOW, .to = to});
}

/* Return true if this request starts a transfer. */
static bool accept_transfer(struct core *core, uint64_t target)
{
    uint64_t former = core->lead_transferee;
    if (former == target) {
        CORE_LOG_TERM(core, INFO,
                      "transfer leadership to " X64
                      " is in progress, ignores request to same node " X64,
                      target, target);
        return false;
    }
    if (former != RC_NO_NODE) {
        core->lead_transferee = RC_NO_NODE;
        CORE_LOG_TERM(core, INFO,
                      "abort previous transferring leadership to " X64, former);
    }
    if (target == core->config.id) {
        CORE_LOG(core, DEBUG,
                 "is already leader. Ignored transferring leadership to self");
        return false;
    }
    return true;
}

void core_on_transfer_leader(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr)
{
    uint64_t target = m->from;
    LAB_ASSERT(core->state == RC_LEADER);
    if (pr->is_learner) {
        CORE_LOG(core, DEBUG, "is learner. Ignored transferring leadership");
        return;
    }
    if (!accept_transfer(core, target)) {
        return;
    }
    CORE_LOG_TERM(core, INFO, "starts to transfer leadership to " X64, target);
    /* The transfer has an election timeout from now on. */
    core->election_elapsed = 0;
    core->lead_transferee = target;
    LAB_ASSERT(pr->match <= raftlog_last_index(&core->log));
    if (pr->match == raftlog_last_index(&core->log)) {
        core_send_timeout_now(core, target);
        CORE_LOG(core, INFO,
                 "sends MsgTimeoutNow to " X64 " immediately as " X64
                 " already has up-to-date log",
                 target, target);
    } else {
        /* Its response tells when it has caught up: replicate.c. */
        core_maybe_send_append(core, pr, true);
    }
    LAB_ASSERT(core->lead_transferee == target);
}
