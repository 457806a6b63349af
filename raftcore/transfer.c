/* transfer.c - a leader hands over.
 * Layer: raftcore. Thesis: 3.10. Specification, section 5.15. */

#include "raftcore/core.h"

void core_send_timeout_now(struct core *core, uint64_t to)
{
    core_send(core, &(struct rc_message){.type = RC_MSG_TIMEOUT_NOW, .to = to});
}

/* Is this request the one to be followed now? */
static bool takes_over(struct core *core, uint64_t target)
{
    uint64_t id = core->config.id, former = core->lead_transferee;
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
    if (target == id) {
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
    if (pr->is_learner) {
        CORE_LOG(core, DEBUG, "is learner. Ignored transferring leadership");
        return;
    }
    if (!takes_over(core, target)) {
        return;
    }
    CORE_LOG_TERM(core, INFO, "starts to transfer leadership to " X64, target);
    /* It has an election timeout's time for it. */
    core->election_elapsed = 0;
    core->lead_transferee = target;
    if (pr->match == raftlog_last_index(&core->log)) {
        core_send_timeout_now(core, target);
        CORE_LOG(core, INFO,
                 "sends MsgTimeoutNow to " X64 " immediately as " X64
                 " already has up-to-date log",
                 target, target);
    } else {
        core_maybe_send_append(core, pr, true);
    }
}
