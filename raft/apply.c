/* apply.c - committed entries and snapshots go to the service, in order.
 * Layer: raft. Paper: Figure 2 (All Servers rule 1), §7. */
#include "raft/raft.h"

#include <inttypes.h>

/* Hand over a message whose bytes are ours. Waits. False: the channel is
 * closed. The lock must not be held: the service may be about to call us
 * before it takes the message, with a snapshot for instance. */
static bool hand_over(struct raft *rf, struct apply_msg msg)
{
    mu_unlock(rf);
    bool taken = apply_put(rf->apply, msg);
    bytes_free(&msg.bytes);
    mu_lock(rf);
    return taken;
}

/* A snapshot came from the leader, and covers what was not applied yet: it
 * takes the place of those entries (Figure 13, step 8). */
static bool apply_snapshot(struct raft *rf)
{
    LAB_ASSERT(rf->last_applied < rf->log.last_included_index);
    struct apply_msg msg = {
        .is_snapshot = true,
        .index = rf->log.last_included_index,
        .term = rf->log.last_included_term,
        .bytes = persister_snapshot(rf->persister),
    };

    lab_log("apply", "snapshot up to %" PRIu64, msg.index);
    rf->last_applied = msg.index;
    return hand_over(rf, msg);
}

static bool apply_next_entry(struct raft *rf)
{
    LAB_ASSERT(rf->last_applied < rf->commit_index);
    uint64_t index = rf->last_applied + 1;
    struct apply_msg msg = {
        .index = index,
        .term = log_term(&rf->log, index),
        .bytes = bytes_copy(log_command(&rf->log, index)),
    };

    /* Counted now, not afterwards: the service can answer the entry with a
     * snapshot that ends with it, before this thread runs again. */
    lab_log("apply", "entry %" PRIu64, index);
    rf->last_applied = index;
    return hand_over(rf, msg);
}

void *apply_committed(void *argument)
{
    struct raft *rf = argument;
    bool open = true;

    mu_lock(rf);
    while (open && !rf->killed) {
        LAB_ASSERT(rf->log.last_included_index <= rf->commit_index);
        if (rf->last_applied < rf->log.last_included_index) {
            open = apply_snapshot(rf);
        } else if (rf->last_applied < rf->commit_index) {
            open = apply_next_entry(rf);
        } else {
            wait_until(rf, &rf->apply_wanted, FOREVER_NS);
        }
    }
    thread_end(rf);
    return NULL;
}
