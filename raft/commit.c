/* commit.c - when an entry is committed.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Leaders rule 4), §5.3, §5.4.2. */
#include "raft/raft.h"

#include <inttypes.h>

/* Leader: commit_index is about to rise. Note since when each peer does not
 * know it, and have the ticker tell them if no entry does (replicate.c). */
static void notify_commit(struct raft *rf)
{
    uint64_t now = now_ns();

    for (int i = 0; i < rf->peer_count; i++) {
        struct peer *peer = &rf->peers[i];
        if (peer->commit_sent >= rf->commit_index) {
            peer->commit_behind_ns = now; /* it was up to date until now */
        }
    }
    tick_by(rf, now + COMMIT_NOTIFY_MS * NS_PER_MS);
}

void commit_up_to(struct raft *rf, uint64_t index)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(index > rf->commit_index); /* increases monotonically */
    LAB_ASSERT(index <= log_last_index(&rf->log));
    LAB_ASSERT(!rf->unsaved); /* what is committed is durable here, too */
    if (rf->role == LAB_LEADER) {
        notify_commit(rf);
    }

    rf->commit_index = index;
    lab_log("commit", "everything up to %" PRIu64, index);
    report_state(rf);
    pthread_cond_signal(&rf->apply_wanted);
}

/* Return the highest N such that a majority of servers stores the entries up
 * to N: for each server's match index, count the servers that reach it. */
static uint64_t majority_match(const struct raft *rf)
{
    uint64_t best = 0;

    for (int i = 0; i < rf->peer_count; i++) {
        uint64_t index =
            i == rf->me ? log_last_index(&rf->log) : rf->peers[i].match_index;
        int replicas = 1; /* this server: every match_index is in our log */
        for (int j = 0; j < rf->peer_count; j++) {
            if (j != rf->me && rf->peers[j].match_index >= index) {
                replicas++;
            }
        }
        if (replicas >= majority(rf) && index > best) {
            best = index;
        }
    }
    return best;
}

void advance_commit_index(struct raft *rf)
{
    uint64_t index = majority_match(rf);

    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->role == LAB_LEADER);
    LAB_ASSERT(index <= log_last_index(&rf->log));
    /* Only entries of the current term are committed by counting replicas
     * (§5.4.2): an older one on a majority can still be overwritten (Figure
     * 8). Entries before the committed one are committed with it (Log
     * Matching). If the entry at index is older, so are all before it. */
    if (index > rf->commit_index &&
        log_term(&rf->log, index) == rf->current_term) {
        commit_up_to(rf, index);
    }
}
