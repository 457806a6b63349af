/* vote.c - RequestVote, receiver side: giving a vote.
 * Layer: raft. Paper: Figure 2 (RequestVote), §5.2, §5.4.1. */
#include "raft/raft.h"

#include <inttypes.h>

/* §5.4.1: of two logs, the one whose last entry has the higher term is more
 * up to date; with equal terms the longer one is. So a candidate that lacks a
 * committed entry does not get a majority (Figure 3, Leader Completeness). */
static bool at_least_as_up_to_date(const struct log *log,
                                   uint64_t last_log_index,
                                   uint64_t last_log_term)
{
    if (last_log_term != log_last_term(log)) {
        return last_log_term > log_last_term(log);
    }
    return last_log_index >= log_last_index(log);
}

void answer_vote(struct raft *rf, const struct vote_args *args,
                 struct vote_reply *reply)
{
    LAB_ASSERT(mu_held(rf));

    if (args->term > rf->current_term) {
        become_follower(rf, args->term); /* All Servers, rule 2 */
    }
    *reply = (struct vote_reply){.term = rf->current_term};

    /* Step 1: candidates of older terms are told the newer one. */
    if (args->term < rf->current_term) {
        return;
    }
    /* Step 2: one vote per term, first come first served; asked again, the
     * same candidate gets the same answer. And only for a good enough log. */
    bool is_free =
        rf->voted_for == NOBODY || rf->voted_for == args->candidate_id;
    if (is_free && at_least_as_up_to_date(&rf->log, args->last_log_index,
                                          args->last_log_term)) {
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
    /* A vote that is forgotten in a crash could be given twice. */
    persist(rf);
}

void on_RequestVote(struct raft *rf, const struct vote_args *args,
                    struct vote_reply *reply)
{
    visit(rf);
    answer_vote(rf, args, reply);
    leave(rf);
}
