/* replicate.c - AppendEntries, leader side: followers' logs become equal.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Leaders), §5.3. */
#include "raft/raft.h"

#include <inttypes.h>
#include <stdlib.h>

bool has_entries(const struct raft *rf, const struct peer *peer)
{
    LAB_ASSERT(rf->role == LAB_LEADER);
    return peer->next_index <= log_last_index(&rf->log);
}

/* Under load the next entry is never far, and every second request would say
 * nothing else. */
uint64_t commit_news_ns(const struct raft *rf, const struct peer *peer)
{
    LAB_ASSERT(rf->role == LAB_LEADER);
    return peer->commit_sent < rf->commit_index
               ? peer->news_ns + COMMIT_NEWS_MS * NS_PER_MS
               : FOREVER_NS;
}

bool send_entries(struct raft *rf, struct peer *peer)
{
    struct append_args args = {
        .term = rf->current_term,
        .leader_id = rf->me,
        .prev_log_index = peer->next_index - 1,
        .prev_log_term = log_term(&rf->log, peer->next_index - 1),
        .leader_commit = rf->commit_index,
    };
    struct append_reply reply = {0};

    LAB_ASSERT(rf->role == LAB_LEADER);
    LAB_ASSERT(peer->next_index > peer->match_index);
    /* Everything that the peer lacks goes in one request, so entries that
     * come in while one is on its way leave together with the next. */
    args.entries =
        log_copy_from(&rf->log, peer->next_index, &args.entries_count);
    peer->commit_sent = rf->commit_index;
    mu_unlock(rf);
    bool answered = call_AppendEntries(peer->end, &args, &reply);
    mu_lock(rf);
    if (answered) {
        take_append_reply(rf, peer, &args, &reply);
    }
    free(args.entries);
    return answered;
}

/* The next entry to try after a refused request (§5.3, last paragraphs): the
 * last place before it where both logs can still be equal. Terms never go
 * down along a log, so with entries of a term above conflict_term we differ
 * there; and if we have no entry of conflict_term, the follower's entries of
 * that term are all wrong. */
static uint64_t back_up(const struct log *log, const struct append_args *args,
                        const struct append_reply *reply)
{
    uint64_t index = args->prev_log_index;

    if (reply->conflict_term == 0) {
        return reply->conflict_index; /* its log is shorter */
    }
    while (index > log->last_included_index &&
           log_term(log, index) > reply->conflict_term) {
        index--;
    }
    if (index > log->last_included_index &&
        log_term(log, index) == reply->conflict_term) {
        return index + 1;
    }
    return reply->conflict_index < index + 1 ? reply->conflict_index
                                             : index + 1;
}

/* Leaders rule 3, success. Answers can overtake each other, and what was known
 * before stays true, so match_index never goes back. */
void note_match(struct raft *rf, struct peer *peer, uint64_t match)
{
    LAB_ASSERT(match <= log_last_index(&rf->log));
    if (match > peer->match_index) {
        peer->match_index = match;
        advance_commit_index(rf);
    }
    if (peer->next_index <= peer->match_index) {
        peer->next_index = peer->match_index + 1;
    }
}

void take_append_reply(struct raft *rf, struct peer *peer,
                       const struct append_args *args,
                       const struct append_reply *reply)
{
    if (reply->term > rf->current_term) {
        become_follower(rf, reply->term); /* All Servers, rule 2 */
        persist(rf);
        return;
    }
    /* An answer to a request of an earlier leadership is void: the follower's
     * log may have been replaced in between. */
    if (rf->role != LAB_LEADER || rf->current_term != args->term) {
        return;
    }
    LAB_ASSERT(reply->term == rf->current_term);
    if (reply->success) {
        note_match(rf, peer, args->prev_log_index + args->entries_count);
    } else if (args->prev_log_index + 1 == peer->next_index &&
               args->prev_log_index > peer->match_index) {
        /* Leaders rule 3, failure. Other refusals are late: the search has
         * moved on, or has even found what it looked for. */
        uint64_t next = back_up(&rf->log, args, reply);
        LAB_ASSERT(next < peer->next_index);
        LAB_ASSERT(next > peer->match_index);
        lab_log("append", "server %d: back up from %" PRIu64 " to %" PRIu64,
                peer->id, peer->next_index, next);
        peer->next_index = next;
    }
}
