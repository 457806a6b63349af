/* append.c - AppendEntries, receiver: a follower stores the leader's entries.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (AppendEntries RPC), §5.3. */
#include "raft/raft.h"

#include <inttypes.h>

/* Step 2, the consistency check: equal index and term at one entry mean equal
 * logs up to it (Figure 3, Log Matching). What our snapshot covers is
 * committed, so the leader of this term has it too (Leader Completeness), and
 * the terms that we discarded are not needed. */
static bool is_consistent(const struct log *log, uint64_t prev_log_index,
                          uint64_t prev_log_term)
{
    return prev_log_index < log->last_included_index ||
           log_has(log, prev_log_index, prev_log_term);
}

/* Tell the leader how far to back up, a term at a time instead of an entry at
 * a time (§5.3, last paragraphs; messages.h defines the fields). */
static void set_conflict(const struct log *log, uint64_t prev_log_index,
                         struct append_reply *reply)
{
    if (prev_log_index > log_last_index(log)) {
        reply->conflict_index = log_last_index(log) + 1;
        return;
    }
    uint64_t first = prev_log_index;
    uint64_t term = log_term(log, prev_log_index);
    while (first > log->last_included_index + 1 &&
           log_term(log, first - 1) == term) {
        first--;
    }
    LAB_ASSERT(term > 0); /* 0 means that the log is too short */
    reply->conflict_index = first;
    reply->conflict_term = term;
}

/* Steps 3 and 4. Only an entry that really conflicts truncates the log:
 * requests can arrive out of order, and an older, shorter one must not delete
 * entries that a newer one brought, because the leader counts on those. */
static void merge_entries(struct raft *rf, const struct append_args *args)
{
    struct log *log = &rf->log;

    for (size_t i = 0; i < args->entries_count; i++) {
        uint64_t index = args->prev_log_index + 1 + i;
        const struct entry *entry = &args->entries[i];

        if (index <= log->last_included_index ||
            log_has(log, index, entry->term)) {
            continue;
        }
        if (index <= log_last_index(log)) {
            /* A committed entry is never deleted (Figure 3, State Machine
             * Safety). */
            LAB_ASSERT(index > rf->commit_index);
            lab_log("append", "entries from %" PRIu64 " on conflict: deleted",
                    index);
            log_truncate_after(log, index - 1);
        }
        LAB_ASSERT(index == log_last_index(log) + 1);
        log_append(log, entry->term, entry->command);
        rf->unsaved = true;
    }
    LAB_ASSERT(log_last_index(log) >=
               args->prev_log_index + args->entries_count);
}

/* Step 5. The request vouches only for our log up to its last new entry: what
 * follows was not compared with the leader's log. So commit up to that, and
 * not up to the end of our log. A delayed request may name a lower index than
 * an earlier one did. */
static void adopt_commit_index(struct raft *rf, const struct append_args *args)
{
    uint64_t last_new = args->prev_log_index + args->entries_count;
    uint64_t commit =
        args->leader_commit < last_new ? args->leader_commit : last_new;

    if (commit > rf->commit_index) {
        commit_up_to(rf, commit);
    }
}

void handle_append_request(struct raft *rf, const struct append_args *args,
                           struct append_reply *reply)
{
    LAB_ASSERT(mu_held(rf));

    /* Step 1: reply false, and tell a leader of an older term the newer one. */
    *reply = (struct append_reply){.term = rf->current_term};
    if (args->term < rf->current_term) {
        return;
    }
    /* The sender leads the term: All Servers rule 2, Candidates rule 3,
     * Followers rule 2. */
    become_follower(rf, args->term);
    reset_election_timer(rf);
    reply->term = rf->current_term;
    LAB_ASSERT(rf->current_term == args->term);
    LAB_ASSERT(rf->role == LAB_FOLLOWER);

    if (!is_consistent(&rf->log, args->prev_log_index, args->prev_log_term)) {
        set_conflict(&rf->log, args->prev_log_index, reply);
        lab_log("append",
                "no entry %" PRIu64 " of term %" PRIu64
                " here: back up to %" PRIu64,
                args->prev_log_index, args->prev_log_term,
                reply->conflict_index);
        persist(rf); /* the term */
        return;
    }
    merge_entries(rf, args);
    /* Before the reply: the leader counts what success says as replicated. */
    persist(rf);
    reply->success = true;
    if (args->entries_count > 0) {
        lab_log("append", "entries %" PRIu64 " to %" PRIu64 " of server %d",
                args->prev_log_index + 1,
                args->prev_log_index + args->entries_count, args->leader_id);
    }
    adopt_commit_index(rf, args);
}

void on_AppendEntries(struct raft *rf, const struct append_args *args,
                      struct append_reply *reply)
{
    raft_enter(rf);
    handle_append_request(rf, args, reply);
    raft_exit(rf);
}
