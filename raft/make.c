/* make.c - creating and ending a server.
 * Layer: raft. Functions of raftapi.h; none is called with rf->mu held. */
#include "raft/raft.h"

#include <inttypes.h>
#include <stdlib.h>

RPCS(&rpc_RequestVote, &rpc_AppendEntries, &rpc_InstallSnapshot);

struct raft *raft_new(const struct raft_config *config)
{
    struct raft *rf = lab_xcalloc(1, sizeof(*rf));

    LAB_ASSERT(config->me >= 0);
    LAB_ASSERT(config->me < config->count);
    rf->me = config->me;
    rf->peer_count = config->count;
    rf->persister = config->persister;
    rf->apply = config->apply;
    rf->role = LAB_FOLLOWER; /* servers start as followers (§5.2) */
    rf->peers = lab_xcalloc((size_t)config->count, sizeof(rf->peers[0]));
    for (int i = 0; i < config->count; i++) {
        rf->peers[i].rf = rf;
        rf->peers[i].id = i;
        rf->peers[i].end = config->peers[i];
    }
    threads_init(rf);
    restore(rf);
    return rf;
}

void raft_free(struct raft *rf)
{
    threads_release(rf);
    log_release(&rf->log);
    free(rf->peers);
    free(rf);
}

struct raft *raft_make(const struct raft_config *config)
{
    struct raft *rf = raft_new(config);

    mu_lock(rf);
    lab_log("start", "term %" PRIu64 ", log from %" PRIu64 " to %" PRIu64,
            rf->current_term, rf->log.last_included_index + 1,
            log_last_index(&rf->log));
    reset_election_timer(rf);
    report_state(rf);
    thread_start(rf, tick, rf);
    thread_start(rf, apply_committed, rf);
    mu_unlock(rf);
    return rf;
}

struct raft_state raft_get_state(struct raft *rf)
{
    raft_enter(rf);
    struct raft_state state = {
        .is_leader = rf->role == LAB_LEADER,
        .term = rf->current_term,
    };
    raft_exit(rf);
    return state;
}

void raft_kill(struct raft *rf)
{
    threads_stop(rf);
    raft_free(rf);
}
