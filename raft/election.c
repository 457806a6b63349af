/* election.c - starting an election and gathering votes: the candidate.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Candidates), §5.2. */
#include "raft/raft.h"

#include <inttypes.h>

/* Candidates rule 2. Count voters, not replies: a request that was sent twice
 * can be granted twice. */
static void count_votes(struct raft *rf)
{
    int votes = 1; /* its own */

    LAB_ASSERT(rf->role == LAB_CANDIDATE);
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
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->role != LAB_LEADER);

    /* Candidates rule 1, except for the requests themselves: peer.c sends
     * them, each on a thread of its own, because the role now calls for it. */
    become_candidate(rf);
    reset_election_timer(rf);
    lab_log("election", "stand for election in term %" PRIu64,
            rf->current_term);
    persist(rf);
    count_votes(rf); /* a server without peers has won already */
}

bool send_vote_request(struct raft *rf, struct peer *peer)
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
    bool arrived = call_RequestVote(peer->end, &args, &reply);
    mu_lock(rf);
    if (arrived) {
        handle_vote_reply(rf, peer, &args, &reply);
    }
    return arrived;
}

void handle_vote_reply(struct raft *rf, struct peer *peer,
                       const struct vote_args *args,
                       const struct vote_reply *reply)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(args->term <= rf->current_term); /* terms never decrease */

    if (reply->term > rf->current_term) {
        become_follower(rf, reply->term); /* All Servers rule 2 */
        persist(rf);
        return;
    }
    /* The lock was released meanwhile. A vote from an earlier election does
     * not count in this one. A late vote from this term does: the voter cannot
     * vote for another candidate in it. */
    if (rf->role != LAB_CANDIDATE || rf->current_term != args->term) {
        return;
    }
    LAB_ASSERT(reply->term == rf->current_term);
    peer->vote_replied = true;
    if (reply->vote_granted) {
        lab_log("vote", "vote of server %d in term %" PRIu64, peer->id,
                rf->current_term);
        peer->vote_granted = true;
        count_votes(rf);
    }
}
