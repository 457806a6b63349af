/* propose.c - a leader appends what is proposed.
 * Layer: raftcore. Thesis §4.1, §4.3; docs/raftcore-spec.md §5.9; etcd: the
 * MsgProp case of stepLeader. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/core.h"
#include "raftcore/describe.h"
#include "raftcore/fatal.h"

/* Return true, with the reason, if this change must not be appended. It is
 * judged by the configuration that is applied. Changes in the log that are not
 * applied would make that judgement wrong: pending_conf_index excludes them. */
static bool refusal(const struct core *core, const struct rc_conf_change *cc,
                    struct rc_text *why)
{
    LAB_ASSERT(why->size == 0);
    bool pending = core->pending_conf_index > core->log.applied;
    bool joint = core->tracker.config.voters.outgoing.count > 0;
    bool empty = cc->count == 0;
    if (pending) {
        rc_text_add(why,
                    "possible unapplied conf change at index " D64
                    " (applied to " D64 ")",
                    core->pending_conf_index, core->log.applied);
    } else if (joint && !rc_conf_change_leaves(cc)) {
        /* DEVIATION: etcd appends a change without changes that has a
         * transition. Every node would apply it as one that enters a joint
         * configuration, in a joint configuration, and panic. */
        rc_text_add(why, "must transition out of joint config first");
    } else if (!joint && empty) {
        rc_text_add(why, "not in joint state; refusing empty conf change");
    }
    if (core->config.disable_conf_change_validation) {
        return false;
    }
    /* Nothing else is pending: what is possible now will be possible when it is
     * applied, and what is not would break an invariant then. */
    return why->size > 0 || (core->config.report_refused_changes &&
                             !rc_reconfigure_possible(&core->tracker, cc, why));
}

static void log_refusal(const struct core *core,
                        const struct rc_conf_change *cc,
                        const struct rc_text *why)
{
    struct rc_text change = {NULL, 0, 0}, config = {NULL, 0, 0};
    rc_describe_conf_change(cc, &change);
    rc_tracker_config_text(&core->tracker.config, &config);
    CORE_LOG(core, INFO, "ignoring conf change %s at config %s: %s",
             rc_text_of(&change), rc_text_of(&config), rc_text_of(why));
    rc_text_release(&change);
    rc_text_release(&config);
}

/* Check an entry that changes the configuration and would be appended at index.
 * A refused one becomes an empty entry, as in etcd: the proposer sees it commit
 * and that nothing changed. */
static enum rc_error check_change(struct core *core, struct rc_entry *entry,
                                  uint64_t index)
{
    struct rc_conf_change cc;
    struct rc_text why = {NULL, 0, 0};
    enum rc_error error = rc_conf_change_decode(entry, &cc);
    LAB_ASSERT(index > core->log.applied);
    if (error != RC_OK) {
        return error;
    }
    if (!refusal(core, &cc, &why)) {
        core->pending_conf_index = index;
    } else {
        log_refusal(core, &cc, &why);
        *entry = (struct rc_entry){.type = RC_ENTRY_NORMAL};
        error = core->config.report_refused_changes ? RC_CHANGE_REFUSED : RC_OK;
    }
    rc_text_release(&why);
    rc_conf_change_release(&cc);
    return error;
}

static bool has_changes(const struct rc_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->at[i].type != RC_ENTRY_NORMAL) {
            return true;
        }
    }
    return false;
}

/* Append entries of which some change the configuration. All of them or none:
 * a copy is checked first, and what was handed in stays as it is. */
static enum rc_error append_checked(struct core *core,
                                    const struct rc_entries *entries)
{
    uint64_t last = raftlog_last_index(&core->log);
    uint64_t pending_before = core->pending_conf_index;
    enum rc_error error = RC_OK;
    struct rc_entry *checked = lab_xmalloc(entries->count * sizeof(*checked));
    for (size_t i = 0; i < entries->count && error == RC_OK; i++) {
        checked[i] = entries->at[i];
        if (checked[i].type != RC_ENTRY_NORMAL) {
            error = check_change(core, &checked[i], last + i + 1);
        }
    }
    if (error == RC_OK) {
        error = core_append_entries(core, checked, entries->count);
    } else {
        core->pending_conf_index = pending_before; /* nothing was appended */
    }
    free(checked);
    LAB_ASSERT(core->pending_conf_index <= raftlog_last_index(&core->log));
    return error;
}

enum rc_error core_propose_as_leader(struct core *core,
                                     const struct rc_entries *entries)
{
    if (entries->count == 0) {
        rc_fatal(X64 " stepped empty MsgProp", core->config.id);
    }
    if (!rc_progress_map_get(&core->tracker.progress, core->config.id)) {
        /* It was removed while it led. It goes on replicating what it has
         * appended, but adds nothing to it. */
        return RC_PROPOSAL_DROPPED;
    }
    if (core->lead_transferee != RC_NO_NODE) {
        CORE_LOG_TERM(core, DEBUG,
                      "transfer leadership to " X64
                      " is in progress; dropping proposal",
                      core->lead_transferee);
        return RC_PROPOSAL_DROPPED;
    }
    enum rc_error error =
        has_changes(entries)
            ? append_checked(core, entries)
            : core_append_entries(core, entries->at, entries->count);
    if (error == RC_OK) {
        core_bcast_append(core);
    }
    return error;
}
