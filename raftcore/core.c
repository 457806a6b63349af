/* core.c - one Raft node: its beginning, its end, and what time does to it.
 * Layer: raftcore. Specification, sections 5.1, 5.3. */
#include "raftcore/core.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "raftcore/fatal.h"

/* ---- Beginning and end ---------------------------------------------------*/

static void load_hard_state(struct core *core, struct rc_hard_state hs)
{
    uint64_t last = raftlog_last_index(&core->log);
    if (rc_hard_state_empty(hs)) {
        return;
    }
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
    if (!rc_reconfigure_restore(&core->tracker, last_index, cs, &error)) {
        rc_fatal("%s", rc_text_of(&error));
    }
    struct rc_conf_state restored = rc_tracker_conf_state(&core->tracker);
    if (!rc_conf_state_equivalent(&restored, cs)) {
        rc_fatal("the restored configuration is not the stored one");
    }
    rc_conf_state_release(&restored);
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
    if (config->applied > 0) {
        raftlog_applied_to(&core->log, config->applied, 0);
    }
    core_become_follower(core, core->term, RC_NO_NODE);
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

/* Events that come from inside: no answer is awaited. */
static void step_local(struct core *core, enum rc_message_type type)
{
    struct rc_message m = {.type = type, .from = core->config.id};
    (void)core_step(core, &m);
}

static void tick_election(struct core *core)
{
    core->election_elapsed++;
    if (core_promotable(core) &&
        core->election_elapsed >= core->randomized_election_timeout) {
        core->election_elapsed = 0;
        step_local(core, RC_MSG_HUP);
    }
}

static void abort_transfer(struct core *core)
{
    core->lead_transferee = RC_NO_NODE;
}

static void tick_heartbeat(struct core *core)
{
    core->heartbeat_elapsed++;
    core->election_elapsed++;
    if (core->election_elapsed >= core->config.election_tick) {
        core->election_elapsed = 0;
        if (core->config.check_quorum) {
            step_local(core, RC_MSG_CHECK_QUORUM);
        }
        if (core->state == RC_LEADER) {
            abort_transfer(core); /* it had its time */
        }
    }
    if (core->state == RC_LEADER &&
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
