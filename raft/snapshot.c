/* snapshot.c - log compaction: making, sending and installing snapshots.
 * Layer: raft. Needs rf->mu. Paper: Figure 13, §7. */
#include "raft/raft.h"

#include <inttypes.h>

/* ---- The service made a snapshot ----------------------------------------*/

void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot)
{
    raft_enter(rf);
    /* The service can only have what was applied. */
    LAB_ASSERT(index <= rf->last_applied);
    /* A newer one may have been installed meanwhile. */
    if (index > rf->log.last_included_index) {
        lab_log("snapshot", "up to %" PRIu64 ", made here", index);
        log_compact(&rf->log, index, log_term(&rf->log, index));
        persist_with_snapshot(rf, snapshot);
    }
    raft_exit(rf);
}

/* ---- InstallSnapshot, receiver ------------------------------------------*/

void handle_snapshot_request(struct raft *rf, const struct snapshot_args *args,
                             struct snapshot_reply *reply)
{
    LAB_ASSERT(mu_held(rf));

    /* Step 1: tell a leader of an older term the newer one. */
    *reply = (struct snapshot_reply){.term = rf->current_term};
    if (args->term < rf->current_term) {
        return;
    }
    /* The sender leads the term, as in append.c. */
    become_follower(rf, args->term);
    reset_election_timer(rf);
    reply->term = rf->current_term;
    LAB_ASSERT(rf->current_term == args->term);

    /* Steps 2 to 4 assemble chunks; see messages.h. A snapshot of what is
     * committed here already is late, or was not needed: installing it would
     * take back entries that the service has applied. */
    if (args->last_included_index <= rf->commit_index) {
        persist(rf); /* the term */
        return;
    }
    lab_log("snapshot", "up to %" PRIu64 ", from server %d",
            args->last_included_index, args->leader_id);
    /* Steps 5 to 7. */
    log_compact(&rf->log, args->last_included_index, args->last_included_term);
    persist_with_snapshot(rf, args->data);
    /* Step 8: apply.c sees that the log begins after last_applied, and hands
     * the snapshot to the service. */
    commit_up_to(rf, args->last_included_index);
    LAB_ASSERT(rf->last_applied < rf->log.last_included_index);
}

void on_InstallSnapshot(struct raft *rf, const struct snapshot_args *args,
                        struct snapshot_reply *reply)
{
    raft_enter(rf);
    handle_snapshot_request(rf, args, reply);
    raft_exit(rf);
}

/* ---- InstallSnapshot, sender --------------------------------------------*/

bool send_snapshot_request(struct raft *rf, struct peer *peer)
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
    bool arrived = call_InstallSnapshot(peer->end, &args, &reply);
    mu_lock(rf);
    if (arrived) {
        handle_snapshot_reply(rf, peer, &args, &reply);
    }
    bytes_free(&args.data);
    return arrived;
}

void handle_snapshot_reply(struct raft *rf, struct peer *peer,
                           const struct snapshot_args *args,
                           const struct snapshot_reply *reply)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(args->term <= rf->current_term); /* terms never decrease */

    if (reply->term > rf->current_term) {
        become_follower(rf, reply->term); /* All Servers rule 2 */
        persist(rf);
        return;
    }
    if (rf->role != LAB_LEADER || rf->current_term != args->term) {
        return; /* a reply to a request of an earlier term, as in replicate.c */
    }
    LAB_ASSERT(reply->term == rf->current_term);
    /* The follower installed the snapshot or did not need it. Either way its
     * log agrees with ours up to the snapshot's end. */
    advance_match_index(rf, peer, args->last_included_index);
    LAB_ASSERT(peer->next_index > args->last_included_index);
}
