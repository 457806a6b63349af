/* transfer.c - a leader hands over.
 * Layer: raftcore. Thesis: 3.10. Specification, section 5.15. */
#include <inttypes.h>

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
        CORE_LOG(core, RC_LOG_INFO,
                 "%" PRIx64 " [term %" PRIu64
                 "] transfer leadership to %" PRIx64
                 " is in progress, ignores request to same node %" PRIx64,
                 id, core->term, target, target);
        return false;
    }
    if (former != RC_NO_NODE) {
        core->lead_transferee = RC_NO_NODE;
        CORE_LOG(core, RC_LOG_INFO,
                 "%" PRIx64 " [term %" PRIu64
                 "] abort previous transferring leadership to %" PRIx64,
                 id, core->term, former);
    }
    if (target == id) {
        CORE_LOG(core, RC_LOG_DEBUG,
                 "%" PRIx64
                 " is already leader. Ignored transferring leadership to self",
                 id);
        return false;
    }
    return true;
}

void core_on_transfer_leader(struct core *core, const struct rc_message *m,
                             struct rc_progress *pr)
{
    uint64_t id = core->config.id, target = m->from;
    if (pr->is_learner) {
        CORE_LOG(core, RC_LOG_DEBUG,
                 "%" PRIx64 " is learner. Ignored transferring leadership", id);
        return;
    }
    if (!takes_over(core, target)) {
        return;
    }
    CORE_LOG(core, RC_LOG_INFO,
             "%" PRIx64 " [term %" PRIu64
             "] starts to transfer leadership to %" PRIx64,
             id, core->term, target);
    /* It has an election timeout's time for it. */
    core->election_elapsed = 0;
    core->lead_transferee = target;
    if (pr->match == raftlog_last_index(&core->log)) {
        core_send_timeout_now(core, target);
        CORE_LOG(core, RC_LOG_INFO,
                 "%" PRIx64 " sends MsgTimeoutNow to %" PRIx64
                 " immediately as %" PRIx64 " already has up-to-date log",
                 id, target, target);
    } else {
        core_maybe_send_append(core, pr, true);
    }
}
