/* apply.c - committed entries and snapshots go to the service, in log order.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (All Servers rule 1), §5.3, §7. */
#include "raft/raft.h"

#include <inttypes.h>

/* Hand a message to the service, and free its bytes. Waits. Return false if
 * the channel is closed. The lock is released: before the service takes the
 * message, it may call us, with a snapshot for instance. */
static bool deliver(struct raft *rf, struct apply_msg msg)
{
    mu_unlock(rf);
    bool taken = apply_put(rf->apply, msg);
    bytes_free(&msg.bytes);
    mu_lock(rf);
    return taken;
}

/* A snapshot came from the leader and covers entries that were not applied
 * yet: it takes their place (Figure 13, step 8). */
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
    return deliver(rf, msg);
}

/* All Servers rule 1: increment last_applied, apply that entry. */
static bool apply_next_entry(struct raft *rf)
{
    LAB_ASSERT(rf->last_applied < rf->commit_index);
    uint64_t index = rf->last_applied + 1;
    struct apply_msg msg = {
        .index = index,
        .term = log_term(&rf->log, index),
        .bytes = bytes_copy(log_command(&rf->log, index)),
    };

    /* Before the delivery, not after: the service may respond to the entry
     * with a snapshot that ends with it, before this thread runs again, and
     * raft_snapshot() checks last_applied. */
    lab_log("apply", "entry %" PRIu64, index);
    rf->last_applied = index;
    return deliver(rf, msg);
}

void *apply_committed(void *argument)
{
    struct raft *rf = argument;
    bool open = true;

    mu_lock(rf);
    while (open && !rf->killed) {
        /* The lock was released: a snapshot may have been installed. */
        LAB_ASSERT(rf->log.last_included_index <= rf->commit_index);
        LAB_ASSERT(rf->last_applied <= rf->commit_index);
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
