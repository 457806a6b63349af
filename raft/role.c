/* role.c - follower, candidate, leader: the transitions between the roles.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Rules for Servers), Figure 4,
 * §5.1, §5.2. */
#include "raft/raft.h"

#include <inttypes.h>

int majority(const struct raft *rf)
{
    return rf->peer_count / 2 + 1;
}

void report_state(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->last_applied <= rf->commit_index);
    LAB_ASSERT(rf->commit_index <= log_last_index(&rf->log));
    LAB_ASSERT(log_last_term(&rf->log) <= rf->current_term);
    if (rf->unsaved) {
        return; /* a crash could still undo it; persist() reports it */
    }
    lab_state(rf, rf->current_term, rf->role, rf->commit_index,
              log_last_index(&rf->log));
}

/* Set the term and the vote in it, which belong together: a new term starts
 * without a vote (Figure 2, voted_for). Terms never decrease (§5.1). */
static void enter_term(struct raft *rf, uint64_t term, int voted_for)
{
    LAB_ASSERT(term > rf->current_term);
    rf->current_term = term;
    rf->voted_for = voted_for;
    rf->unsaved = true;
}

/* Forget earlier requests and replies: they belong to another term or role.
 * A first request to each peer is due at once. RPCs that are outstanding
 * still count as such. */
static void reset_peers(struct raft *rf)
{
    for (int i = 0; i < rf->peer_count; i++) {
        struct peer *peer = &rf->peers[i];
        peer->sent_ns = 0;
        peer->awaiting_reply = false;
        peer->commit_sent = 0;
        peer->vote_replied = false;
        peer->vote_granted = false;
    }
}

void become_follower(struct raft *rf, uint64_t term)
{
    enum lab_role former = rf->role;

    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(term >= rf->current_term);
    /* Figure 3, Election Safety: there is no other leader in our term. */
    LAB_ASSERT(former != LAB_LEADER || term > rf->current_term);

    if (term == rf->current_term && former == LAB_FOLLOWER) {
        return;
    }
    if (term > rf->current_term) {
        lab_log("election", "term %" PRIu64 " -> %" PRIu64 ": follow",
                rf->current_term, term);
        enter_term(rf, term, NOBODY);
    }
    rf->role = LAB_FOLLOWER;
    /* A leader has no election timer, so start one. That of a follower or
     * candidate runs on: a higher term alone does not reset it, only a request
     * of the current leader or a granted vote does (Followers rule 2). */
    if (former == LAB_LEADER) {
        reset_election_timer(rf);
    }
    report_state(rf);
}

void become_candidate(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->role != LAB_LEADER);

    enter_term(rf, rf->current_term + 1, rf->me);
    rf->role = LAB_CANDIDATE;
    reset_peers(rf);
    report_state(rf);
}

void become_leader(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->role == LAB_CANDIDATE);
    LAB_ASSERT(rf->voted_for == rf->me);
    /* Else the votes may not survive a crash, and the term have two leaders. */
    LAB_ASSERT(!rf->unsaved);

    rf->role = LAB_LEADER;
    reset_peers(rf);
    for (int i = 0; i < rf->peer_count; i++) {
        /* Reinitialized after election (Figure 2): followers' logs may have
         * been truncated since this server led before. */
        rf->peers[i].next_index = log_last_index(&rf->log) + 1;
        rf->peers[i].match_index = 0;
    }
    lab_log("election", "leader of term %" PRIu64 ", log up to %" PRIu64,
            rf->current_term, log_last_index(&rf->log));
    report_state(rf);
    /* Leaders rule 1. The ticker sleeps until the election timeout, and the
     * first heartbeats are due now. */
    pthread_cond_signal(&rf->ticker_wanted);
}
