/* propose.c - a leader takes proposals.
 * Layer: raftcore. Specification, section 5.9; thesis 4.1. */
#include <inttypes.h>
#include <stdlib.h>

#include "raftcore/core.h"
#include "raftcore/describe.h"
#include "raftcore/fatal.h"

/* Why not this change of the configuration? Judged by the configuration that
 * is applied; pending_conf_index keeps everything else away. */
static bool refusal(const struct core *core, const struct conf_change *cc,
                    struct text *why)
{
    bool pending = core->pending_conf_index > core->log.applied;
    bool joint = core->tracker.config.voters.outgoing.count > 0;
    bool empty = cc->count == 0;
    if (pending) {
        text_add(why,
                 "possible unapplied conf change at index %" PRIu64
                 " (applied to %" PRIu64 ")",
                 core->pending_conf_index, core->log.applied);
    } else if (joint && !conf_change_leaves(cc)) {
        /* Etcd lets one pass that is empty and has a transition. It would be
         * applied as one that enters, which is a broken invariant everywhere.
         */
        text_add(why, "must transition out of joint config first");
    } else if (!joint && empty) {
        text_add(why, "not in joint state; refusing empty conf change");
    }
    if (core->config.disable_conf_change_validation) {
        return false;
    }
    /* As nothing else is under way, what is possible now will be possible when
     * it is applied, and what is not would break an invariant there. */
    return why->size > 0 || (core->config.report_refused_changes &&
                             !confchange_possible(&core->tracker, cc, why));
}

static void log_refusal(const struct core *core, const struct conf_change *cc,
                        const struct text *why)
{
    struct text change = {NULL, 0, 0}, config = {NULL, 0, 0};
    describe_conf_change(cc, &change);
    tracker_config_text(&core->tracker.config, &config);
    CORE_LOG(core, LOG_INFO,
             "%" PRIx64 " ignoring conf change %s at config %s: %s",
             core->config.id, text_of(&change), text_of(&config), text_of(why));
    text_release(&change);
    text_release(&config);
}

/* An entry of a proposal that changes the configuration, at this index if it
 * is taken. It may be refused: then another entry stands for it. */
static enum core_error check_change(struct core *core, struct entry *entry,
                                    uint64_t index)
{
    struct conf_change cc;
    struct text why = {NULL, 0, 0};
    enum core_error error = conf_change_decode(entry, &cc);
    if (error != CORE_OK) {
        return error;
    }
    if (!refusal(core, &cc, &why)) {
        core->pending_conf_index = index;
    } else {
        log_refusal(core, &cc, &why);
        *entry = (struct entry){.type = ENTRY_NORMAL};
        error =
            core->config.report_refused_changes ? CORE_CHANGE_REFUSED : CORE_OK;
    }
    text_release(&why);
    conf_change_release(&cc);
    return error;
}

static bool has_changes(const struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->at[i].type != ENTRY_NORMAL) {
            return true;
        }
    }
    return false;
}

/* The entries as they will be in the log: what was handed in stays as it is. */
static enum core_error append_checked(struct core *core,
                                      const struct entries *entries)
{
    uint64_t last = raftlog_last_index(&core->log);
    uint64_t pending_before = core->pending_conf_index;
    enum core_error error = CORE_OK;
    struct entry *checked = lab_xmalloc(entries->count * sizeof(*checked));
    for (size_t i = 0; i < entries->count && error == CORE_OK; i++) {
        checked[i] = entries->at[i];
        if (checked[i].type != ENTRY_NORMAL) {
            error = check_change(core, &checked[i], last + i + 1);
        }
    }
    if (error == CORE_OK) {
        error = core_append_entries(core, checked, entries->count);
    } else {
        core->pending_conf_index = pending_before; /* none is proposed */
    }
    free(checked);
    return error;
}

enum core_error core_propose_as_leader(struct core *core,
                                       const struct entries *entries)
{
    if (entries->count == 0) {
        core_fatal("%" PRIx64 " stepped empty MsgProp", core->config.id);
    }
    if (!progress_map_get(&core->tracker.progress, core->config.id)) {
        return CORE_PROPOSAL_DROPPED; /* it was removed */
    }
    if (core->lead_transferee != NO_NODE) {
        CORE_LOG(core, LOG_DEBUG,
                 "%" PRIx64 " [term %" PRIu64
                 "] transfer leadership to %" PRIx64
                 " is in progress; dropping proposal",
                 core->config.id, core->term, core->lead_transferee);
        return CORE_PROPOSAL_DROPPED;
    }
    enum core_error error =
        has_changes(entries)
            ? append_checked(core, entries)
            : core_append_entries(core, entries->at, entries->count);
    if (error == CORE_OK) {
        core_bcast_append(core);
    }
    return error;
}
