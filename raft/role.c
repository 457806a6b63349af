/* role.c - follower, candidate, leader: how a server becomes one.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Rules for Servers), §5.1, §5.2.
 */
#include "raft/raft.h"

#include <inttypes.h>

int majority(const struct raft *rf)
{
    return rf->peer_count / 2 + 1;
}

void report(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->commit_index <= log_last_index(&rf->log));
    if (rf->unsaved) {
        return; /* a crash could still take it back; persist() reports */
    }
    lab_state(rf, rf->current_term, rf->role, rf->commit_index,
              log_last_index(&rf->log));
}

/* A new term begins without a vote given (Figure 2: voted_for belongs to
 * current_term). Terms never go back (§5.1). */
static void enter_term(struct raft *rf, uint64_t term, int voted_for)
{
    LAB_ASSERT(term > rf->current_term);
    rf->current_term = term;
    rf->voted_for = voted_for;
    rf->unsaved = true;
}

/* Forget the former conversations: they belong to another term or role. A
 * first request is due at once. Calls still on their way are counted on. */
static void begin_conversations(struct raft *rf)
{
    for (int i = 0; i < rf->peer_count; i++) {
        struct peer *peer = &rf->peers[i];
        peer->sent_ns = 0;
        peer->waiting = false;
        peer->commit_sent = 0;
        peer->vote_answered = false;
        peer->vote_granted = false;
    }
}

void become_follower(struct raft *rf, uint64_t term)
{
    enum lab_role former = rf->role;

    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(term >= rf->current_term);
    /* Figure 3, Election Safety: nobody else leads in a term that is ours. */
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
    /* A leader has no election timer; from now on it needs one. That of a
     * follower or candidate runs on: a higher term alone is no reason to be
     * patient (§5.2 names two, and their places in the code reset it). */
    if (former == LAB_LEADER) {
        reset_election_timer(rf);
    }
    report(rf);
}

void become_candidate(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->role != LAB_LEADER);

    enter_term(rf, rf->current_term + 1, rf->me);
    rf->role = LAB_CANDIDATE;
    begin_conversations(rf);
    report(rf);
}

void become_leader(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->role == LAB_CANDIDATE);
    LAB_ASSERT(rf->voted_for == rf->me);

    rf->role = LAB_LEADER;
    begin_conversations(rf);
    for (int i = 0; i < rf->peer_count; i++) {
        /* What an earlier leadership found out is void: followers' logs may
         * have been replaced since (Figure 2, volatile state on leaders). */
        rf->peers[i].next_index = log_last_index(&rf->log) + 1;
        rf->peers[i].match_index = 0;
    }
    lab_log("election", "leader of term %" PRIu64 ", log up to %" PRIu64,
            rf->current_term, log_last_index(&rf->log));
    report(rf);
    /* The ticker sleeps until the election timeout; heartbeats are earlier. */
    pthread_cond_signal(&rf->ticker_wanted);
}
