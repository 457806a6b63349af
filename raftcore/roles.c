/* roles.c - follower, pre-candidate, candidate, leader: the changes.
 * Layer: raftcore. Paper: Figure 4. Specification, section 5.2. */

#include "base/random.h"
#include "raftcore/core.h"
#include "raftcore/fatal.h"

/* 5.2: timeouts are drawn anew, so that splits do not repeat. */
void core_reset_randomized_timeout(struct core *core)
{
    const struct rc_config *config = &core->config;
    uint64_t bound = (uint64_t)config->election_tick;
    uint64_t draw;
    if (config->random) {
        draw = config->random(config->random_self, bound);
    } else {
        uint64_t key = random_key(config->seed, config->id);
        draw = random_below(random_at(key, core->draws++), bound);
    }
    core->randomized_election_timeout = config->election_tick + (int)draw;
}

static void reset_progress(struct core *core, struct rc_progress *pr,
                           uint64_t last_index)
{
    pr->match = pr->id == core->config.id ? last_index : 0;
    pr->next = last_index + 1;
    pr->sent_commit = 0;
    pr->state = RC_PROGRESS_PROBE;
    pr->pending_snapshot = 0;
    pr->recent_active = false;
    pr->flow_paused = false;
    pr->epoch = 0; /* answers of another term are not heard */
    rc_inflights_reset(&pr->inflights);
}

static void reset(struct core *core, uint64_t term)
{
    if (core->term != term) {
        core->term = term;
        core->vote = RC_NO_NODE;
        rc_ids_release(&core->removed);
    }
    core->lead = RC_NO_NODE;
    core->election_elapsed = core->heartbeat_elapsed = 0;
    core_reset_randomized_timeout(core);
    core->lead_transferee = RC_NO_NODE;
    rc_tracker_reset_votes(&core->tracker);
    uint64_t last_index = raftlog_last_index(&core->log);
    for (size_t i = 0; i < core->tracker.progress.count; i++) {
        reset_progress(core, &core->tracker.progress.at[i], last_index);
    }
    core->pending_conf_index = 0;
    core->uncommitted_size = 0;
    read_queue_reset(&core->read_queue);
}

static void refuse_transition(const char *from, const char *to)
{
    rc_fatal("invalid transition [%s -> %s]", from, to);
}

void core_become_follower(struct core *core, uint64_t term, uint64_t lead)
{
    reset(core, term);
    core->lead = lead;
    core->state = RC_FOLLOWER;
    CORE_LOG(core, INFO, "became follower at term " D64, core->term);
    core_trace(core, RC_TRACE_BECOME_FOLLOWER, NULL);
}

void core_become_candidate(struct core *core)
{
    if (core->state == RC_LEADER) {
        refuse_transition("leader", "candidate");
    }
    reset(core, core->term + 1);
    core->vote = core->config.id;
    core->state = RC_CANDIDATE;
    CORE_LOG(core, INFO, "became candidate at term " D64, core->term);
    core_trace(core, RC_TRACE_BECOME_CANDIDATE, NULL);
}

/* Thesis 9.6: only asks, so term and vote stay, and so do the timers. */
void core_become_pre_candidate(struct core *core)
{
    if (core->state == RC_LEADER) {
        refuse_transition("leader", "pre-candidate");
    }
    rc_tracker_reset_votes(&core->tracker);
    core->lead = RC_NO_NODE;
    core->state = RC_PRE_CANDIDATE;
    CORE_LOG(core, INFO, "became pre-candidate at term " D64, core->term);
    core_trace(core, RC_TRACE_BECOME_PRE_CANDIDATE, NULL);
}

void core_become_leader(struct core *core)
{
    if (core->state == RC_FOLLOWER) {
        refuse_transition("follower", "leader");
    }
    reset(core, core->term);
    core->lead = core->config.id;
    core->state = RC_LEADER;
    struct rc_progress *own =
        rc_progress_map_get(&core->tracker.progress, core->config.id);
    rc_progress_become_replicate(own);
    own->recent_active = true;
    /* Whatever is in the log and not applied may be such a change. */
    core->pending_conf_index = raftlog_last_index(&core->log);
    /* 5.4.2: entries of earlier terms are committed by one of this term. */
    struct rc_entry empty = {.type = RC_ENTRY_NORMAL};
    if (core_append_entries(core, &empty, 1) != RC_OK) {
        rc_fatal("empty entry was dropped");
    }
    CORE_LOG(core, INFO, "became leader at term " D64, core->term);
    core_trace(core, RC_TRACE_BECOME_LEADER, NULL);
}

bool core_promotable(const struct core *core)
{
    const struct rc_progress *own =
        rc_progress_map_get(&core->tracker.progress, core->config.id);
    return own && !own->is_learner && !core->log.unstable.snapshot;
}
