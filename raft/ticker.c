/* ticker.c - the thread that acts when time passes: elections, heartbeats,
 * retries, commit notifications.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Followers rule 2, Candidates
 * rule 4, Leaders rule 1), §5.2. */
#include "raft/raft.h"

/* Return when to look again if nothing happens until then. Candidates and
 * leaders look at least once in HEARTBEAT_MS, because a peer thread that is
 * starting, or an RPC that returns, changes what is due without a signal. */
static uint64_t next_tick(const struct raft *rf)
{
    if (rf->role == LAB_FOLLOWER) {
        return rf->election_deadline_ns;
    }
    uint64_t next = now_ns() + HEARTBEAT_MS * NS_PER_MS;
    if (rf->role == LAB_CANDIDATE && rf->election_deadline_ns < next) {
        next = rf->election_deadline_ns;
    }
    for (int i = 0; i < rf->peer_count; i++) {
        uint64_t due = rpc_due_ns(rf, &rf->peers[i]);
        if (i != rf->me && !rf->peers[i].starting && due < next) {
            next = due;
        }
    }
    return next;
}

void *tick(void *argument)
{
    struct raft *rf = argument;

    mu_lock(rf);
    while (!rf->killed) {
        if (rf->role != LAB_LEADER && now_ns() >= rf->election_deadline_ns) {
            start_election(rf);
        }
        start_due_rpcs(rf);
        rf->next_tick_ns = next_tick(rf);
        wait_until(rf, &rf->ticker_wanted, rf->next_tick_ns);
    }
    thread_end(rf);
    return NULL;
}
