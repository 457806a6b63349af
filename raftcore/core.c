/* core.c - one Raft node: its beginning, its end, and what time does to it.
 * Layer: raftcore. Specification, sections 5.1, 5.3. */
#include "raftcore/core.h"

#include <inttypes.h>
#include <stdlib.h>

#include "raftcore/fatal.h"

/* ---- Beginning and end ---------------------------------------------------*/

static void load_hard_state(struct core *core, struct hard_state hs)
{
    uint64_t last = raftlog_last_index(&core->log);
    if (hard_state_empty(hs)) {
        return;
    }
    if (hs.commit < core->log.committed || hs.commit > last) {
        core_fatal("%" PRIx64 " state.commit %" PRIu64
                   " is out of range [%" PRIu64 ", %" PRIu64 "]",
                   core->config.id, hs.commit, core->log.committed, last);
    }
    core->log.committed = hs.commit;
    core->term = hs.term;
    core->vote = hs.vote;
}

static void restore_config(struct core *core, const struct conf_state *cs,
                           uint64_t last_index)
{
    struct text error = {NULL, 0, 0};
    if (!confchange_restore(&core->tracker, last_index, cs, &error)) {
        core_fatal("%s", text_of(&error));
    }
    struct conf_state restored = tracker_conf_state(&core->tracker);
    if (!conf_state_equivalent(&restored, cs)) {
        core_fatal("the restored configuration is not the stored one");
    }
    conf_state_release(&restored);
    core_switch_config(core);
}

static void log_new(const struct core *core, struct entry_id last)
{
    struct text peers = {NULL, 0, 0};
    struct ids voters = joint_ids(&core->tracker.config.voters);
    for (size_t i = 0; i < voters.count; i++) {
        text_add(&peers, i ? ",%" PRIx64 : "%" PRIx64, voters.at[i]);
    }
    CORE_LOG(core, LOG_INFO,
             "newRaft %" PRIx64 " [peers: [%s], term: %" PRIu64
             ", commit: %" PRIu64 ", applied: %" PRIu64 ", lastindex: %" PRIu64
             ", lastterm: %" PRIu64 "]",
             core->config.id, text_of(&peers), core->term, core->log.committed,
             core->log.applied, last.index, last.term);
    ids_release(&voters);
    text_release(&peers);
}

struct core *core_new(const struct core_config *config)
{
    struct core *core = lab_xcalloc(1, sizeof(*core));
    struct hard_state hs = {0, 0, 0};
    struct conf_state cs = {.auto_leave = false};
    core->config = *config;
    raftlog_init(&core->log, config->storage, config->logger,
                 config->max_committed_size_per_ready);
    enum core_error error =
        config->storage.initial_state(config->storage.self, &hs, &cs);
    if (error != CORE_OK) {
        core_fatal("unexpected error (%s)", core_error_text(error));
    }
    core->tracker.max_inflight = config->max_inflight_msgs;
    core->tracker.max_inflight_bytes = config->max_inflight_bytes;
    struct entry_id last = raftlog_last_entry_id(&core->log);
    restore_config(core, &cs, last.index);
    conf_state_release(&cs);
    load_hard_state(core, hs);
    if (config->applied > 0) {
        raftlog_applied_to(&core->log, config->applied, 0);
    }
    core_become_follower(core, core->term, NO_NODE);
    log_new(core, last);
    core_trace(core, TRACE_INIT_STATE, NULL);
    return core;
}

void core_free(struct core *core)
{
    if (!core) {
        return;
    }
    raftlog_release(&core->log);
    tracker_release(&core->tracker);
    read_only_release(&core->read_only);
    read_states_release(&core->read_states);
    messages_release(&core->pending_reads);
    messages_release(&core->msgs);
    messages_release(&core->msgs_after_append);
    ids_release(&core->removed);
    free(core);
}

struct soft_state core_soft_state(const struct core *core)
{
    return (struct soft_state){core->lead, core->state};
}

struct hard_state core_hard_state(const struct core *core)
{
    return (struct hard_state){core->term, core->vote, core->log.committed};
}

struct text core_progress_text(const struct core *core,
                               const struct progress *pr)
{
    struct text text = {NULL, 0, 0};
    if (core_log_wanted(core->config.logger, LOG_DEBUG)) {
        progress_describe(pr, &text);
    }
    return text;
}

/* ---- Time ----------------------------------------------------------------*/

/* Events that come from inside: no answer is awaited. */
static void step_local(struct core *core, enum message_type type)
{
    struct message m = {.type = type, .from = core->config.id};
    (void)core_step(core, &m);
}

static void tick_election(struct core *core)
{
    core->election_elapsed++;
    if (core_promotable(core) &&
        core->election_elapsed >= core->randomized_election_timeout) {
        core->election_elapsed = 0;
        step_local(core, MSG_HUP);
    }
}

static void abort_transfer(struct core *core)
{
    core->lead_transferee = NO_NODE;
}

static void tick_heartbeat(struct core *core)
{
    core->heartbeat_elapsed++;
    core->election_elapsed++;
    if (core->election_elapsed >= core->config.election_tick) {
        core->election_elapsed = 0;
        if (core->config.check_quorum) {
            step_local(core, MSG_CHECK_QUORUM);
        }
        if (core->state == LEADER) {
            abort_transfer(core); /* it had its time */
        }
    }
    if (core->state == LEADER &&
        core->heartbeat_elapsed >= core->config.heartbeat_tick) {
        core->heartbeat_elapsed = 0;
        step_local(core, MSG_BEAT);
    }
}

void core_tick(struct core *core)
{
    if (core->state == LEADER) {
        tick_heartbeat(core);
    } else {
        tick_election(core);
    }
}
