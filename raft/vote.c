/* vote.c - RequestVote, receiver: granting a vote.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (RequestVote RPC), §5.2, §5.4.1.
 */
#include "raft/raft.h"

#include <inttypes.h>

/* §5.4.1: the log whose last entry has the later term is more up-to-date; with
 * equal terms, the longer one is. Together with the majority this keeps a
 * candidate that lacks a committed entry from winning (Figure 3, Leader
 * Completeness). */
static bool at_least_as_up_to_date(const struct log *log,
                                   uint64_t last_log_index,
                                   uint64_t last_log_term)
{
    if (last_log_term != log_last_term(log)) {
        return last_log_term > log_last_term(log);
    }
    return last_log_index >= log_last_index(log);
}

void handle_vote_request(struct raft *rf, const struct vote_args *args,
                         struct vote_reply *reply)
{
    LAB_ASSERT(mu_held(rf));

    if (args->term > rf->current_term) {
        become_follower(rf, args->term); /* All Servers rule 2 */
    }
    *reply = (struct vote_reply){.term = rf->current_term};

    /* Step 1: tell a candidate of an older term the newer one. */
    if (args->term < rf->current_term) {
        return;
    }
    /* Step 2: one vote per term, first-come-first-served (§5.2), and only for
     * a log that is up-to-date. A repeated request of the same candidate gets
     * the same reply. */
    LAB_ASSERT(args->term == rf->current_term);
    bool is_free =
        rf->voted_for == NOBODY || rf->voted_for == args->candidate_id;
    if (is_free && at_least_as_up_to_date(&rf->log, args->last_log_index,
                                          args->last_log_term)) {
        /* Candidates and leaders have voted for themselves. */
        LAB_ASSERT(rf->role == LAB_FOLLOWER);
        if (rf->voted_for == NOBODY) {
            rf->voted_for = args->candidate_id;
            rf->unsaved = true;
        }
        reply->vote_granted = true;
        reset_election_timer(rf); /* Followers rule 2 */
    }
    lab_log("vote", "%s server %d in term %" PRIu64,
            reply->vote_granted ? "vote for" : "no vote for",
            args->candidate_id, args->term);
    /* Before the reply: a server that forgot its vote in a crash could vote
     * twice in a term. */
    persist(rf);
}

void on_RequestVote(struct raft *rf, const struct vote_args *args,
                    struct vote_reply *reply)
{
    raft_enter(rf);
    handle_vote_request(rf, args, reply);
    raft_exit(rf);
}
