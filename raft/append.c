/* append.c - AppendEntries, receiver side: a follower takes entries.
 * Layer: raft. Paper: Figure 2 (AppendEntries), §5.3. */
#include "raft/raft.h"

#include <inttypes.h>

/* Step 2: do both logs agree up to prev_log_index? Equal index and term mean
 * equal logs up to there (Figure 3, Log Matching). What our snapshot covers
 * is committed, so the leader of a newer term has it too (Leader
 * Completeness), and there is no need for the terms that we dropped. */
static bool matches(const struct log *log, uint64_t index, uint64_t term)
{
    return index < log->last_included_index || log_has(log, index, term);
}

/* Tell the leader how far back to go, a whole term at a time (§5.3, last
 * paragraphs; the fields are explained in messages.h). */
static void explain_mismatch(const struct log *log, uint64_t prev_log_index,
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
    reply->conflict_index = first;
    reply->conflict_term = term;
}

/* Steps 3 and 4. Only an entry that really differs cuts the log: requests can
 * arrive out of order, and an older, shorter one must not remove what a newer
 * one has brought: the leader was told that it is stored. */
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
            /* What is committed never goes (Figure 3). */
            LAB_ASSERT(index > rf->commit_index);
            lab_log("append", "entries from %" PRIu64 " on conflict: cut",
                    index);
            log_cut_after(log, index - 1);
        }
        log_append(log, entry->term, entry->command);
        rf->unsaved = true;
    }
}

void answer_append(struct raft *rf, const struct append_args *args,
                   struct append_reply *reply)
{
    LAB_ASSERT(mu_held(rf));

    /* Step 1: leaders of older terms are told the newer one. */
    *reply = (struct append_reply){.term = rf->current_term};
    if (args->term < rf->current_term) {
        return;
    }
    /* This is the leader of the term: All Servers rule 2, Candidates rule 3,
     * Followers rule 2. */
    become_follower(rf, args->term);
    reset_election_timer(rf);
    reply->term = rf->current_term;

    if (!matches(&rf->log, args->prev_log_index, args->prev_log_term)) {
        explain_mismatch(&rf->log, args->prev_log_index, reply);
        lab_log("append",
                "no entry %" PRIu64 " of term %" PRIu64
                " here: go back to %" PRIu64,
                args->prev_log_index, args->prev_log_term,
                reply->conflict_index);
        persist(rf); /* the term */
        return;
    }
    merge_entries(rf, args);
    persist(rf);
    reply->success = true;
    if (args->entries_count > 0) {
        lab_log("append", "entries %" PRIu64 " to %" PRIu64 " of server %d",
                args->prev_log_index + 1,
                args->prev_log_index + args->entries_count, args->leader_id);
    }
    /* Step 5. What follows the last new entry was not compared with the
     * leader's log, so the leader's word does not cover it. */
    uint64_t last_new = args->prev_log_index + args->entries_count;
    uint64_t commit =
        args->leader_commit < last_new ? args->leader_commit : last_new;
    if (commit > rf->commit_index) { /* not in a late request */
        commit_up_to(rf, commit);
    }
}

void on_AppendEntries(struct raft *rf, const struct append_args *args,
                      struct append_reply *reply)
{
    visit(rf);
    answer_append(rf, args, reply);
    leave(rf);
}
