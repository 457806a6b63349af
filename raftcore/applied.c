/* applied.c - what follows when the application has applied entries, snapshots
 * and changes of the configuration.
 * Layer: raftcore. Paper §6; docs/raftcore-spec.md §5.13, §5.14; etcd:
 * appliedTo, appliedSnap, applyConfChange, switchToConfig. */
#include "base/assert.h"
#include "raftcore/core.h"
#include "raftcore/fatal.h"

/* ---- Applied -------------------------------------------------------------*/

/* Propose the change that leaves a joint configuration. If it is dropped (by a
 * transfer of leadership, for instance), the next applied entry tries again. */
static void leave_joint(struct core *core)
{
    LAB_ASSERT(core->tracker.config.voters.outgoing.count > 0);
    struct rc_entry leave = {.type = RC_ENTRY_CONF_CHANGE_V2};
    struct rc_message m = {
        .type = RC_MSG_PROP,
        .from = core->config.id,
        .entries = {NULL, &leave, 1},
    };
    enum rc_error error = core_step(core, &m);
    struct rc_text config = {NULL, 0, 0};
    rc_tracker_config_text(&core->tracker.config, &config);
    if (error == RC_OK) {
        rc_log(core->config.logger, RC_LOG_INFO,
               "initiating automatic transition out of joint configuration %s",
               rc_text_of(&config));
    } else {
        rc_log(core->config.logger, RC_LOG_DEBUG,
               "not initiating automatic transition out of joint configuration "
               "%s: %s",
               rc_text_of(&config), rc_error_text(error));
    }
    rc_text_release(&config);
}

void core_applied_to(struct core *core, uint64_t index, uint64_t bytes)
{
    uint64_t before = core->log.applied;
    /* A snapshot that was acknowledged since may be ahead of these entries. */
    uint64_t now = index > before ? index : before;
    raftlog_applied_to(&core->log, now, bytes);
    /* Only once the entry that entered the joint configuration is applied, with
     * any change after it: pending_conf_index is at or behind the last one. */
    if (core->tracker.config.auto_leave && now >= core->pending_conf_index &&
        core->state == RC_LEADER) {
        leave_joint(core);
    }
}

void core_applied_snapshot(struct core *core, uint64_t index)
{
    /* It was applied before it was acknowledged as durable (ready.h). */
    unstable_stable_snap_to(&core->log.unstable, index);
    core_applied_to(core, index, 0);
    LAB_ASSERT(core->log.applied >= index);
}

void core_reduce_uncommitted(struct core *core, uint64_t bytes)
{
    /* Saturates: entries of earlier terms were not counted in this one. */
    core->uncommitted_size =
        core->uncommitted_size > bytes ? core->uncommitted_size - bytes : 0;
}

/* ---- Configurations ------------------------------------------------------*/

static void log_config(const struct core *core)
{
    struct rc_text text = {NULL, 0, 0};
    if (!rc_log_wanted(core->config.logger, RC_LOG_INFO)) {
        return;
    }
    rc_tracker_config_text(&core->tracker.config, &text);
    CORE_LOG(core, INFO, "switched to configuration %s", rc_text_of(&text));
    rc_text_release(&text);
}

/* Send new members their first message, and others the entries they lack. */
static void probe_members(struct core *core)
{
    for (size_t i = 0; i < core->tracker.progress.count; i++) {
        struct rc_progress *pr = &core->tracker.progress.at[i];
        if (pr->id != core->config.id) {
            core_maybe_send_append(core, pr, false);
        }
    }
}

void core_switch_config(struct core *core)
{
    const struct rc_tracker *tracker = &core->tracker;
    const struct rc_progress *own =
        rc_progress_map_get(&tracker->progress, core->config.id);
    log_config(core);
    core->is_learner = own && own->is_learner;
    if (core->state == RC_LEADER && (!own || core->is_learner)) {
        /* Paper §6: it leads on until the new configuration is committed, not
         * counting itself. That is never noticed here, so it stays leader until
         * another is elected, unless the option says otherwise. As a learner it
         * does so too: if it were the only voter of the old configuration,
         * there would be nobody else to bring the change to the others. */
        if (core->config.step_down_on_removal) {
            core_become_follower(core, core->term, RC_NO_NODE);
        }
        return;
    }
    /* Without voters (a tracker that is being restored) nothing is decided. */
    if (core->state != RC_LEADER ||
        tracker->config.voters.incoming.count == 0) {
        return;
    }
    if (core_maybe_commit(core)) {
        /* The quorum became smaller, so that more is committed: tell all. */
        core_bcast_append(core);
    } else {
        probe_members(core);
    }
    /* A transferee that is no voter cannot win. */
    if (core->lead_transferee != RC_NO_NODE &&
        !rc_joint_has(&tracker->config.voters, core->lead_transferee)) {
        core->lead_transferee = RC_NO_NODE;
    }
}

/* For member_epochs: note members that are removed, and start a new epoch for
 * one that was removed in this term and is added again. */
static void note_memberships(struct core *core, const struct rc_ids *before)
{
    struct rc_progress_map *map = &core->tracker.progress;
    LAB_ASSERT(core->config.member_epochs);
    for (size_t i = 0; i < before->count; i++) {
        if (!rc_progress_map_get(map, before->at[i])) {
            rc_ids_add(&core->removed, before->at[i]);
        }
    }
    for (size_t i = 0; i < map->count; i++) {
        struct rc_progress *pr = &map->at[i];
        if (pr->id != core->config.id && !rc_ids_has(before, pr->id) &&
            rc_ids_has(&core->removed, pr->id)) {
            LAB_ASSERT(pr->match == 0); /* credited with nothing */
            pr->epoch = ++core->next_epoch;
        }
    }
}

static struct rc_ids member_ids(const struct core *core)
{
    struct rc_ids ids = {NULL, 0, 0};
    for (size_t i = 0; i < core->tracker.progress.count; i++) {
        rc_ids_append(&ids, core->tracker.progress.at[i].id);
    }
    return ids;
}

struct rc_conf_state core_apply_conf_change(struct core *core,
                                            const struct rc_conf_change *cc)
{
    struct rc_text error = {NULL, 0, 0};
    /* DEVIATION: a snapshot that waits to be written has set the members
     * already, while an apply thread may still be at an entry before it. etcd
     * makes the change once more, or panics. */
    if (core->log.unstable.snapshot) {
        return rc_tracker_conf_state(&core->tracker);
    }
    struct rc_ids before = member_ids(core);
    if (!rc_reconfigure(&core->tracker, raftlog_last_index(&core->log), cc,
                        &error)) {
        rc_fatal("%s", rc_text_of(&error));
    }
    if (core->config.member_epochs) {
        note_memberships(core, &before);
    }
    rc_ids_release(&before);
    core_trace(core, RC_TRACE_APPLY_CONF_CHANGE, NULL);
    core_switch_config(core);
    core_assert_invariants(core);
    return rc_tracker_conf_state(&core->tracker);
}
