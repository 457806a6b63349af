/* rsm_apply.c - the applier: executes committed commands, installs snapshots.
 * Layer: kvraft. Paper: §7. */
#include "kvraft/rsm_state.h"

#include <inttypes.h>

/* About what Raft saves for an entry besides the command. */
#define ENTRY_BYTES 8

/* Is it time for a snapshot? Raft's state must be large, and a good part of it
 * must be entries that the machine has executed, because only these are
 * discarded. With twenty clients the entries in flight alone may exceed the
 * limit, and a snapshot after every command would not help. */
static bool log_is_large(const struct rsm *rsm)
{
    uint64_t limit = (uint64_t)rsm->max_raft_state;

    return rsm->max_raft_state >= 0 && rsm->log_bytes >= limit / 2 &&
           persister_state_bytes(rsm->persister) >= limit;
}

static void compact_log(struct rsm *rsm, uint64_t index)
{
    struct bytes snapshot = rsm->machine.snapshot(rsm->machine.self);

    lab_log("kv", "snapshot up to %" PRIu64 ", %zu bytes", index,
            snapshot.size);
    raft_snapshot(rsm->raft, index, snapshot);
    bytes_free(&snapshot);
    rsm->log_bytes = 0;
}

static void execute(struct rsm *rsm, const struct apply_msg *msg)
{
    struct rsm_machine *machine = &rsm->machine;
    struct bytes result = machine->execute(machine->self, msg->bytes);

    pthread_mutex_lock(&rsm->mu);
    pending_executed(rsm, msg->index, msg->term, result);
    pthread_mutex_unlock(&rsm->mu);
    rsm->log_bytes += msg->bytes.size + ENTRY_BYTES;
    if (log_is_large(rsm)) {
        compact_log(rsm, msg->index);
    }
}

/* The leader sent its snapshot: this server lagged so far behind that the
 * leader had discarded the entries it needs. */
static void install(struct rsm *rsm, const struct apply_msg *msg)
{
    lab_log("kv", "restored up to %" PRIu64, msg->index);
    rsm->machine.restore(rsm->machine.self, msg->bytes);
    rsm->log_bytes = 0;
    pthread_mutex_lock(&rsm->mu);
    pending_skipped(rsm, msg->index);
    pthread_mutex_unlock(&rsm->mu);
}

void *rsm_apply(void *argument)
{
    struct rsm *rsm = argument;
    struct apply_msg msg;

    while (apply_take(rsm->apply, &msg)) {
        if (msg.is_snapshot) {
            install(rsm, &msg);
        } else {
            execute(rsm, &msg);
        }
        bytes_free(&msg.bytes);
    }
    return NULL;
}
