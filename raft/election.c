/* election.c - standing for election and gathering votes: the candidate.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Candidates), §5.2. */
#include "raft/raft.h"

#include <inttypes.h>
#include <stdlib.h>

/* §5.2: times are random so that split votes are rare and soon resolved. */
void reset_election_timer(struct raft *rf)
{
    uint64_t spread_ms = ELECTION_MS_MAX - ELECTION_MS_MIN + 1;
    uint64_t wait_ms = ELECTION_MS_MIN + (uint64_t)rand() % spread_ms;

    LAB_ASSERT(mu_held(rf));
    rf->election_deadline_ns = now_ns() + wait_ms * NS_PER_MS;
}

/* Candidates rule 2. Votes are counted per voter, not per answer: a request
 * that was sent twice can be answered twice. */
static void count_votes(struct raft *rf)
{
    int votes = 1; /* its own */

    for (int i = 0; i < rf->peer_count; i++) {
        if (i != rf->me && rf->peers[i].vote_granted) {
            votes++;
        }
    }
    LAB_ASSERT(votes <= rf->peer_count);
    if (votes >= majority(rf)) {
        become_leader(rf);
    }
}

void start_election(struct raft *rf)
{
    LAB_ASSERT(rf->role != LAB_LEADER);

    /* Candidates rule 1, except for the requests themselves: contact.c sends
     * them, each on a thread of its own, now that the role asks for it. */
    become_candidate(rf);
    reset_election_timer(rf);
    lab_log("election", "stand for election in term %" PRIu64,
            rf->current_term);
    persist(rf);
    count_votes(rf); /* enough already if there is no other server */
}

bool ask_for_vote(struct raft *rf, struct peer *peer)
{
    struct vote_args args = {
        .term = rf->current_term,
        .candidate_id = rf->me,
        .last_log_index = log_last_index(&rf->log),
        .last_log_term = log_last_term(&rf->log),
    };
    struct vote_reply reply = {0};

    LAB_ASSERT(rf->role == LAB_CANDIDATE);
    LAB_ASSERT(rf->voted_for == rf->me);
    mu_unlock(rf);
    bool answered = call_RequestVote(peer->end, &args, &reply);
    mu_lock(rf);
    if (answered) {
        take_vote_reply(rf, peer, &args, &reply);
    }
    return answered;
}

void take_vote_reply(struct raft *rf, struct peer *peer,
                     const struct vote_args *args,
                     const struct vote_reply *reply)
{
    if (reply->term > rf->current_term) {
        become_follower(rf, reply->term); /* All Servers, rule 2 */
        persist(rf);
        return;
    }
    /* An answer to an earlier candidacy says nothing about this one. One that
     * is late but of this term counts: the voter can give its vote to nobody
     * else in this term. */
    if (rf->role != LAB_CANDIDATE || rf->current_term != args->term) {
        return;
    }
    LAB_ASSERT(reply->term == rf->current_term);
    peer->vote_answered = true;
    if (reply->vote_granted) {
        lab_log("vote", "vote of server %d in term %" PRIu64, peer->id,
                rf->current_term);
        peer->vote_granted = true;
        count_votes(rf);
    }
}
