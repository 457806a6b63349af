/* core.c - one Raft node: construction, time, logging.
 * Layer: raftcore. docs/raftcore-spec.md §5.1, §5.3; etcd: newRaft,
 * tickElection, tickHeartbeat. */
#include "raftcore/core.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/fatal.h"

/* ---- Construction --------------------------------------------------------*/

static void load_hard_state(struct core *core, struct rc_hard_state hs)
{
    uint64_t last = raftlog_last_index(&core->log);
    if (rc_hard_state_empty(hs)) {
        return; /* a first start */
    }
    /* Below: entries that the snapshot replaced were not committed. Above:
     * committed entries were not saved. Either way this storage did not keep
     * what the node promised to others, and it must not take part. */
    if (hs.commit < core->log.committed || hs.commit > last) {
        rc_fatal(X64 " state.commit " D64 " is out of range [" D64 ", " D64 "]",
                 core->config.id, hs.commit, core->log.committed, last);
    }
    core->log.committed = hs.commit;
    core->term = hs.term;
    core->vote = hs.vote;
}

static void restore_config(struct core *core, const struct rc_conf_state *cs,
                           uint64_t last_index)
{
    struct rc_text error = {NULL, 0, 0};
    LAB_ASSERT(core->tracker.progress.count == 0);
    if (!rc_reconfigure_restore(&core->tracker, last_index, cs, &error)) {
        rc_fatal("%s", rc_text_of(&error));
    }
    struct rc_conf_state restored = rc_tracker_conf_state(&core->tracker);
    if (!rc_conf_state_equivalent(&restored, cs)) {
        rc_fatal("the restored configuration is not the stored one");
    }
    rc_conf_state_release(&restored);
    LAB_ASSERT(core->state == RC_FOLLOWER);
    core_switch_config(core);
}

static void log_new(const struct core *core, struct entry_id last)
{
    struct rc_text peers = {NULL, 0, 0};
    struct rc_ids voters = rc_joint_ids(&core->tracker.config.voters);
    for (size_t i = 0; i < voters.count; i++) {
        rc_text_add(&peers, i ? "," X64 : X64, voters.at[i]);
    }
    rc_log(core->config.logger, RC_LOG_INFO,
           "newRaft " X64 " [peers: [%s], term: " D64 ", commit: " D64
           ", applied: " D64 ", lastindex: " D64 ", lastterm: " D64 "]",
           core->config.id, rc_text_of(&peers), core->term, core->log.committed,
           core->log.applied, last.index, last.term);
    rc_ids_release(&voters);
    rc_text_release(&peers);
}

struct core *core_new(const struct rc_config *config)
{
    struct core *core = lab_xcalloc(1, sizeof(*core));
    struct rc_hard_state hs = {0, 0, 0};
    struct rc_conf_state cs = {.auto_leave = false};
    LAB_ASSERT(config->id != RC_NO_NODE);
    core->config = *config;
    raftlog_init(&core->log, config->storage, config->logger,
                 config->max_committed_size_per_ready);
    enum rc_error error =
        config->storage.initial_state(config->storage.self, &hs, &cs);
    if (error != RC_OK) {
        rc_fatal("unexpected error (%s)", rc_error_text(error));
    }
    core->tracker.max_inflight = config->max_inflight_msgs;
    core->tracker.max_inflight_bytes = config->max_inflight_bytes;
    struct entry_id last = raftlog_last_entry_id(&core->log);
    restore_config(core, &cs, last.index);
    rc_conf_state_release(&cs);
    load_hard_state(core, hs);
    /* Without it the node hands out all committed entries again that the
     * storage still has: the state machine may be volatile. */
    if (config->applied > 0) {
        raftlog_applied_to(&core->log, config->applied, 0);
    }
    /* In its old term, with its old vote: it may have voted in it already. */
    core_become_follower(core, core->term, RC_NO_NODE);
    LAB_ASSERT(core->term == hs.term);
    LAB_ASSERT(core->vote == hs.vote);
    log_new(core, last);
    core_trace(core, RC_TRACE_INIT_STATE, NULL);
    return core;
}

void core_free(struct core *core)
{
    if (!core) {
        return;
    }
    raftlog_release(&core->log);
    rc_tracker_release(&core->tracker);
    read_queue_release(&core->read_queue);
    rc_read_states_release(&core->read_states);
    rc_messages_release(&core->pending_reads);
    rc_messages_release(&core->msgs);
    rc_messages_release(&core->msgs_after_append);
    rc_ids_release(&core->removed);
    free(core);
}

struct rc_soft_state core_soft_state(const struct core *core)
{
    return (struct rc_soft_state){core->lead, core->state};
}

struct rc_hard_state core_hard_state(const struct core *core)
{
    return (struct rc_hard_state){core->term, core->vote, core->log.committed};
}

void core_assert_invariants(const struct core *core)
{
    const struct raftlog *log = &core->log;
    const struct rc_progress_map *map = &core->tracker.progress;
    bool leads = core->state == RC_LEADER;
    LAB_ASSERT(log->applied <= log->applying);
    LAB_ASSERT(log->applying <= log->committed);
    LAB_ASSERT(log->committed <= raftlog_last_index(log));
    LAB_ASSERT(!leads || core->lead == core->config.id);
    LAB_ASSERT(leads || core->lead_transferee == RC_NO_NODE);
    if (core->state == RC_CANDIDATE) {
        LAB_ASSERT(core->lead == RC_NO_NODE);
        LAB_ASSERT(core->vote == core->config.id);
    }
    for (size_t i = 0; leads && i < map->count; i++) {
        LAB_ASSERT(map->at[i].match < map->at[i].next);
    }
}

/* ---- Logging -------------------------------------------------------------*/

void core_log(const struct core *core, enum rc_log_level level, bool with_term,
              const char *format, ...)
{
    const struct rc_logger *logger = core->config.logger;
    struct rc_text text = {NULL, 0, 0};
    va_list args;
    if (!rc_log_wanted(logger, level)) {
        return;
    }
    rc_text_add(&text, X64 " ", core->config.id);
    if (with_term) {
        rc_text_add(&text, "[term " D64 "] ", core->term);
    }
    va_start(args, format);
    rc_text_add_args(&text, format, args);
    va_end(args);
    logger->write(logger->self, level, rc_text_of(&text));
    rc_text_release(&text);
}

void core_log_progress(const struct core *core, const struct rc_progress *pr,
                       const char *before, const char *after)
{
    struct rc_text text = {NULL, 0, 0};
    if (!rc_log_wanted(core->config.logger, RC_LOG_DEBUG)) {
        return;
    }
    rc_progress_describe(pr, &text);
    CORE_LOG(core, DEBUG, "%s " X64 "%s[%s]", before, pr->id, after,
             rc_text_of(&text));
    rc_text_release(&text);
}

void core_log_vote(const struct core *core, const struct rc_message *m,
                   const char *verb, const char *preposition, const char *end)
{
    LAB_ASSERT(m->type == RC_MSG_VOTE || m->type == RC_MSG_PRE_VOTE);
    if (!rc_log_wanted(core->config.logger, RC_LOG_INFO)) {
        return;
    }
    struct entry_id last = raftlog_last_entry_id(&core->log);
    CORE_LOG(core, INFO,
             "[logterm: " D64 ", index: " D64 ", vote: " X64 "] %s %s %s " X64
             " [logterm: " D64 ", index: " D64 "] at term " D64 "%s",
             last.term, last.index, core->vote, verb,
             rc_message_type_name(m->type), preposition, m->from, m->log_term,
             m->index, core->term, end);
}

/* ---- Time ----------------------------------------------------------------*/

/* Time is an event like others: it steps a message that has no term. Its
 * outcome concerns nobody. */
static void step_local(struct core *core, enum rc_message_type type)
{
    struct rc_message m = {.type = type, .from = core->config.id};
    (void)core_step(core, &m);
    core_assert_invariants(core);
}

/* A node that is not promotable counts as well: when it is promoted it
 * campaigns at once if it has not heard from a leader. */
static void tick_election(struct core *core)
{
    LAB_ASSERT(core->state != RC_LEADER);
    core->election_elapsed++;
    if (core_promotable(core) &&
        core->election_elapsed >= core->randomized_election_timeout) {
        core->election_elapsed = 0;
        step_local(core, RC_MSG_HUP);
    }
}

static void tick_heartbeat(struct core *core)
{
    LAB_ASSERT(core->state == RC_LEADER);
    core->heartbeat_elapsed++;
    core->election_elapsed++;
    /* A leader's election timeout has two uses: once in each it looks whether
     * a quorum responded, and a transfer has to be done within one
     * (thesis §3.10), or proposals would be dropped for ever. */
    if (core->election_elapsed >= core->config.election_tick) {
        core->election_elapsed = 0;
        if (core->config.check_quorum) {
            step_local(core, RC_MSG_CHECK_QUORUM);
        }
        if (core->state == RC_LEADER) {
            core->lead_transferee = RC_NO_NODE;
        }
    }
    if (core->state == RC_LEADER && /* it may just have stepped down */
        core->heartbeat_elapsed >= core->config.heartbeat_tick) {
        core->heartbeat_elapsed = 0;
        step_local(core, RC_MSG_BEAT);
    }
}

void core_tick(struct core *core)
{
    if (core->state == RC_LEADER) {
        tick_heartbeat(core);
    } else {
        tick_election(core);
    }
}
