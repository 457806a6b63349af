/* snapshot.c - log compaction: making, sending and installing snapshots.
 * Layer: raft. Paper: Figure 13, §7. */
#include "raft/raft.h"

#include <inttypes.h>

/* ---- The service has made one -------------------------------------------*/

void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot)
{
    visit(rf);
    /* A snapshot can only hold what was applied. */
    LAB_ASSERT(index <= rf->last_applied);
    /* One that was installed meanwhile can be newer. */
    if (index > rf->log.last_included_index) {
        lab_log("snapshot", "up to %" PRIu64 ", made here", index);
        log_compact(&rf->log, index, log_term(&rf->log, index));
        persist_with_snapshot(rf, snapshot);
    }
    leave(rf);
}

/* ---- InstallSnapshot, receiver ------------------------------------------*/

void answer_snapshot(struct raft *rf, const struct snapshot_args *args,
                     struct snapshot_reply *reply)
{
    LAB_ASSERT(mu_held(rf));

    /* Step 1. */
    *reply = (struct snapshot_reply){.term = rf->current_term};
    if (args->term < rf->current_term) {
        return;
    }
    become_follower(rf, args->term); /* it comes from the leader */
    reset_election_timer(rf);
    reply->term = rf->current_term;

    /* Steps 2 to 4 put pieces together; see messages.h. A snapshot that tells
     * us nothing new is late. Taking it would undo what is applied. */
    if (args->last_included_index <= rf->commit_index) {
        persist(rf); /* the term */
        return;
    }
    lab_log("snapshot", "up to %" PRIu64 ", from server %d",
            args->last_included_index, args->leader_id);
    /* Steps 5 to 7. */
    log_compact(&rf->log, args->last_included_index, args->last_included_term);
    persist_with_snapshot(rf, args->data);
    /* Step 8: apply.c sees that the log begins after last_applied. */
    commit_up_to(rf, args->last_included_index);
    LAB_ASSERT(rf->last_applied < rf->log.last_included_index);
}

void on_InstallSnapshot(struct raft *rf, const struct snapshot_args *args,
                        struct snapshot_reply *reply)
{
    visit(rf);
    answer_snapshot(rf, args, reply);
    leave(rf);
}

/* ---- InstallSnapshot, leader --------------------------------------------*/

bool send_snapshot(struct raft *rf, struct peer *peer)
{
    struct snapshot_args args = {
        .term = rf->current_term,
        .leader_id = rf->me,
        .last_included_index = rf->log.last_included_index,
        .last_included_term = rf->log.last_included_term,
        .data = persister_snapshot(rf->persister),
    };
    struct snapshot_reply reply = {0};

    LAB_ASSERT(rf->role == LAB_LEADER);
    LAB_ASSERT(peer->next_index <= rf->log.last_included_index);
    lab_log("snapshot", "up to %" PRIu64 ", to server %d",
            args.last_included_index, peer->id);
    mu_unlock(rf);
    bool answered = call_InstallSnapshot(peer->end, &args, &reply);
    mu_lock(rf);
    if (answered) {
        take_snapshot_reply(rf, peer, &args, &reply);
    }
    bytes_free(&args.data);
    return answered;
}

void take_snapshot_reply(struct raft *rf, struct peer *peer,
                         const struct snapshot_args *args,
                         const struct snapshot_reply *reply)
{
    if (reply->term > rf->current_term) {
        become_follower(rf, reply->term); /* All Servers, rule 2 */
        persist(rf);
        return;
    }
    if (rf->role != LAB_LEADER || rf->current_term != args->term) {
        return; /* late, as in replicate.c */
    }
    /* Whether it took the snapshot or needed none: the follower holds what
     * the snapshot covers. */
    note_match(rf, peer, args->last_included_index);
    LAB_ASSERT(peer->next_index > args->last_included_index);
}
