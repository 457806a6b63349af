/* roles.c - how a node becomes follower, pre-candidate, candidate and leader.
 * Layer: raftcore. Paper Figure 4; docs/raftcore-spec.md §5.2; etcd:
 * becomeFollower, becomePreCandidate, becomeCandidate, becomeLeader, reset. */
#include "base/assert.h"
#include "base/random.h"
#include "raftcore/core.h"
#include "raftcore/fatal.h"

/* Paper §5.2: every timeout is drawn anew, so that nodes whose votes were split
 * do not campaign at the same time again. */
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
    LAB_ASSERT(draw < bound);
    core->randomized_election_timeout = config->election_tick + (int)draw;
}

/* What a new leader knows of a member: nothing. It begins to probe behind its
 * own last entry (Figure 2, nextIndex), and has not been responded to. */
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
    pr->epoch = 0; /* epochs count within a term; old responses do not arrive */
    rc_inflights_reset(&pr->inflights);
}

/* Leave the present role and enter term. pending_reads stay: if this node is
 * elected again it can serve them. */
static void reset(struct core *core, uint64_t term)
{
    LAB_ASSERT(term >= core->term);
    if (core->term != term) {
        core->term = term;
        core->vote = RC_NO_NODE; /* one vote per term (paper §5.2) */
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
    core_assert_invariants(core);
    LAB_ASSERT(core->term == term);
}

void core_become_candidate(struct core *core)
{
    /* A leader may not give up its term: others replicate in it. */
    if (core->state == RC_LEADER) {
        refuse_transition("leader", "candidate");
    }
    reset(core, core->term + 1);
    /* Set at once, so that it votes for nobody else; counted only when it is
     * durable (election.c, vote_for_self()). */
    core->vote = core->config.id;
    core->state = RC_CANDIDATE;
    CORE_LOG(core, INFO, "became candidate at term " D64, core->term);
    core_trace(core, RC_TRACE_BECOME_CANDIDATE, NULL);
    core_assert_invariants(core);
    LAB_ASSERT(core->lead == RC_NO_NODE);
    LAB_ASSERT(core->tracker.vote_count == 0);
}

/* Thesis §9.6: a pre-candidate only asks whether it could win. Its term and
 * vote stay, or it would disturb the leader that it cannot see; so do its
 * timers and what it knows of members, which belong to the term. */
void core_become_pre_candidate(struct core *core)
{
    uint64_t term = core->term;
    if (core->state == RC_LEADER) {
        refuse_transition("leader", "pre-candidate");
    }
    rc_tracker_reset_votes(&core->tracker);
    core->lead = RC_NO_NODE;
    core->state = RC_PRE_CANDIDATE;
    CORE_LOG(core, INFO, "became pre-candidate at term " D64, core->term);
    core_trace(core, RC_TRACE_BECOME_PRE_CANDIDATE, NULL);
    core_assert_invariants(core);
    LAB_ASSERT(core->term == term);
    LAB_ASSERT(core->lead_transferee == RC_NO_NODE);
}

void core_become_leader(struct core *core)
{
    if (core->state == RC_FOLLOWER) {
        refuse_transition("follower", "leader");
    }
    LAB_ASSERT(core->vote == core->config.id);
    reset(core, core->term);
    core->lead = core->config.id;
    core->state = RC_LEADER;
    /* Its own log needs no probing. A member of its own quorum check, it is
     * always active. */
    struct rc_progress *own =
        rc_progress_map_get(&core->tracker.progress, core->config.id);
    LAB_ASSERT(own);
    rc_progress_become_replicate(own);
    own->recent_active = true;
    /* Any entry that is not applied may be a change of the configuration.
     * Looking would cost a scan of the log; so no change is proposed until all
     * of it is applied. */
    core->pending_conf_index = raftlog_last_index(&core->log);
    /* Paper §5.4.2: a leader commits entries of earlier terms only by
     * committing one of its own. Paper §8: and until then it does not know what
     * is committed, so it cannot serve reads. Hence an empty entry, without
     * waiting for a client.
     */
    struct rc_entry empty = {.type = RC_ENTRY_NORMAL};
    if (core_append_entries(core, &empty, 1) != RC_OK) {
        rc_fatal("empty entry was dropped"); /* it has no size to exceed */
    }
    CORE_LOG(core, INFO, "became leader at term " D64, core->term);
    core_trace(core, RC_TRACE_BECOME_LEADER, NULL);
    core_assert_invariants(core);
    LAB_ASSERT(own->next > own->match);
    LAB_ASSERT(core->uncommitted_size == 0);
}

bool core_promotable(const struct core *core)
{
    const struct rc_progress *own =
        rc_progress_map_get(&core->tracker.progress, core->config.id);
    /* While a snapshot is unstable this node has neither the log before it nor
     * the snapshot to send to others. */
    return own && !own->is_learner && !core->log.unstable.snapshot;
}
