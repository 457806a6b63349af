/* commit.c - when an entry is committed.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Leaders rule 4), §5.3, §5.4.2. */
#include "raft/raft.h"

#include <inttypes.h>

/* Leader: the others are to hear of it, soon enough for the ticker. */
static void note_news(struct raft *rf)
{
    uint64_t now = now_ns();

    for (int i = 0; i < rf->peer_count; i++) {
        if (rf->peers[i].commit_sent >= rf->commit_index) {
            rf->peers[i].news_ns = now; /* up to now it knew all */
        }
    }
    tick_by(rf, now + COMMIT_NEWS_MS * NS_PER_MS);
}

void commit_up_to(struct raft *rf, uint64_t index)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(index > rf->commit_index); /* it never goes back */
    LAB_ASSERT(index <= log_last_index(&rf->log));
    LAB_ASSERT(!rf->unsaved); /* what is committed is on disk here, too */
    if (rf->role == LAB_LEADER) {
        note_news(rf);
    }

    rf->commit_index = index;
    lab_log("commit", "everything up to %" PRIu64, index);
    report(rf);
    pthread_cond_signal(&rf->apply_wanted);
}

/* The highest index that a majority holds: so many have theirs there or
 * beyond, and the next higher index has fewer. */
static uint64_t majority_match(const struct raft *rf)
{
    uint64_t best = 0;

    for (int i = 0; i < rf->peer_count; i++) {
        uint64_t index =
            i == rf->me ? log_last_index(&rf->log) : rf->peers[i].match_index;
        int holders = 1; /* this server: what others hold came from here */
        for (int j = 0; j < rf->peer_count; j++) {
            if (j != rf->me && rf->peers[j].match_index >= index) {
                holders++;
            }
        }
        if (holders >= majority(rf) && index > best) {
            best = index;
        }
    }
    return best;
}

void advance_commit_index(struct raft *rf)
{
    uint64_t index = majority_match(rf);

    LAB_ASSERT(rf->role == LAB_LEADER);
    LAB_ASSERT(index <= log_last_index(&rf->log));
    /* Counting replicas commits entries of the own term only (§5.4.2): an
     * older one on a majority can still be replaced (Figure 8). Those before
     * it are committed with it; and if this one is older, so are they. */
    if (index > rf->commit_index &&
        log_term(&rf->log, index) == rf->current_term) {
        commit_up_to(rf, index);
    }
}
