/* replicate.c - AppendEntries, sender: the leader brings followers' logs into
 * agreement with its own.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (Leaders), §5.3. */
#include "raft/raft.h"

#include <inttypes.h>
#include <stdlib.h>

bool has_unsent_entries(const struct raft *rf, const struct peer *peer)
{
    LAB_ASSERT(rf->role == LAB_LEADER);
    return peer->next_index <= log_last_index(&rf->log);
}

/* Why not at once: under load the next entry follows soon and carries
 * commit_index, and every second request would carry nothing else. */
uint64_t commit_notify_ns(const struct raft *rf, const struct peer *peer)
{
    LAB_ASSERT(rf->role == LAB_LEADER);
    return peer->commit_sent < rf->commit_index
               ? peer->commit_behind_ns + COMMIT_NOTIFY_MS * NS_PER_MS
               : FOREVER_NS;
}

bool send_append_request(struct raft *rf, struct peer *peer)
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
    /* Leaders rule 3: everything that the peer lacks goes in one request, so
     * entries that come in while it is outstanding leave with the next. */
    args.entries =
        log_copy_from(&rf->log, peer->next_index, &args.entries_count);
    peer->commit_sent = rf->commit_index;
    mu_unlock(rf);
    bool arrived = call_AppendEntries(peer->end, &args, &reply);
    mu_lock(rf);
    if (arrived) {
        handle_append_reply(rf, peer, &args, &reply);
    }
    free(args.entries);
    return arrived;
}

/* Return the new next_index after the consistency check failed (§5.3, last
 * paragraphs): one after the last entry at which the logs may still agree.
 * Terms never decrease along a log. So walk back over entries of terms above
 * conflict_term: the follower has none of these at that place. Then, either
 * we have entries of conflict_term, and the logs may agree up to our last one:
 *
 *     index        1 2 3 4 5 6 7
 *     leader       1 1 4 4 5 6 6    prev_log_index 7, our term 6
 *     follower     1 1 4 4 4 4 4    conflict_term 4, conflict_index 3
 *                        ^ our last entry of term 4: next_index 5
 *
 * or we have none, and all of the follower's entries of that term are wrong:
 *
 *     leader       1 1 1 3 3 6 6
 *     follower     1 1 1 2 2 2 2    conflict_term 2, conflict_index 4
 *                      ^ our last entry of a lower term: next_index 4 */
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
    /* Lower of the two: the logs agree at most up to the entry before the
     * follower's first of that term, and up to our last of a lower term. The
     * result may lie in the snapshot, which is sent then. */
    return reply->conflict_index < index + 1 ? reply->conflict_index
                                             : index + 1;
}

/* Replies can overtake each other, and what was known before stays true in
 * this term, so match_index increases monotonically (Figure 2). */
void advance_match_index(struct raft *rf, struct peer *peer, uint64_t match)
{
    LAB_ASSERT(rf->role == LAB_LEADER);
    LAB_ASSERT(match <= log_last_index(&rf->log));
    if (match > peer->match_index) {
        peer->match_index = match;
        advance_commit_index(rf);
    }
    if (peer->next_index <= peer->match_index) {
        peer->next_index = peer->match_index + 1;
    }
}

void handle_append_reply(struct raft *rf, struct peer *peer,
                         const struct append_args *args,
                         const struct append_reply *reply)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(args->term <= rf->current_term); /* terms never decrease */

    if (reply->term > rf->current_term) {
        become_follower(rf, reply->term); /* All Servers rule 2 */
        persist(rf);
        return;
    }
    /* The lock was released meanwhile. A reply to a request of an earlier term
     * proves nothing now: the follower's log may have been truncated since. */
    if (rf->role != LAB_LEADER || rf->current_term != args->term) {
        return;
    }
    LAB_ASSERT(reply->term == rf->current_term);
    if (reply->success) {
        /* Leaders rule 3, success. By the request, not by next_index, which
         * may have moved. */
        advance_match_index(rf, peer,
                            args->prev_log_index + args->entries_count);
    } else if (args->prev_log_index + 1 == peer->next_index &&
               args->prev_log_index > peer->match_index) {
        /* Leaders rule 3, failure. Other failures are late: next_index has
         * moved since, or the place of agreement is found already. */
        uint64_t next = back_up(&rf->log, args, reply);
        LAB_ASSERT(next < peer->next_index);
        LAB_ASSERT(next > peer->match_index);
        lab_log("append", "server %d: back up from %" PRIu64 " to %" PRIu64,
                peer->id, peer->next_index, next);
        peer->next_index = next;
    }
}
