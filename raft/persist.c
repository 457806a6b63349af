/* persist.c - what must survive a crash.
 * Layer: raft. Needs rf->mu. Paper: Figure 2 (persistent state: updated on
 * stable storage before responding to RPCs), §7. */
#include "raft/raft.h"

#include <inttypes.h>
#include <string.h>

/* Encode what a save writes: the end of the wire form of struct saved, which
 * is the entries that are not saved yet and the other fields after them. The
 * log is in wire form already (log.h), and comes first, so that the saved part
 * of it stays as it is on disk. Owned by the caller.
 *
 *     | entries saved before | new entries | term, vote, last included |
 *      <---- saved_bytes --->|<------------- returned -------------->| */
static struct bytes encode_end(const struct raft *rf)
{
    struct saved head = {
        .current_term = rf->current_term,
        .voted_for = rf->voted_for,
        .last_included_index = rf->log.last_included_index,
        .last_included_term = rf->log.last_included_term,
    };
    const struct log *log = &rf->log;
    LAB_ASSERT(log->saved_bytes <= log->bytes_count);
    struct bytes packed = PACK(saved, &head);
    size_t fresh = log->bytes_count - log->saved_bytes;
    struct bytes end = {lab_xmalloc(fresh + packed.size + 1),
                        fresh + packed.size};

    if (fresh > 0) {
        memcpy(end.data, log->bytes + log->saved_bytes, fresh);
    }
    memcpy(end.data + fresh, packed.data, packed.size);
    bytes_free(&packed);
    return end;
}

void persist(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    if (!rf->unsaved) {
        return;
    }
    struct bytes end = encode_end(rf);
    lab_log("persist", "term %" PRIu64 ", log up to %" PRIu64 ", %zu bytes",
            rf->current_term, log_last_index(&rf->log),
            rf->log.saved_bytes + end.size);
    persister_save_end(rf->persister, rf->log.saved_bytes, end);
    bytes_free(&end);
    rf->log.saved_bytes = rf->log.bytes_count;
    rf->unsaved = false;
    report_state(rf);
}

void persist_with_snapshot(struct raft *rf, struct bytes snapshot)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->log.last_included_index > 0);

    /* In one step: a log without the snapshot before it would be useless, and
     * a snapshot with an older log would leave a gap or an overlap. */
    rf->log.saved_bytes = 0;
    struct bytes state = encode_end(rf);
    lab_log("persist",
            "snapshot up to %" PRIu64 ", %zu bytes, and %zu bytes of state",
            rf->log.last_included_index, snapshot.size, state.size);
    persister_save(rf->persister, state, snapshot);
    bytes_free(&state);
    rf->log.saved_bytes = rf->log.bytes_count;
    rf->unsaved = false;
    report_state(rf);
}

void restore(struct raft *rf)
{
    struct bytes state = persister_state(rf->persister);
    struct saved saved = {0};

    LAB_ASSERT(rf->current_term == 0);
    LAB_ASSERT(log_last_index(&rf->log) == 0);
    rf->voted_for = NOBODY;
    if (state.size > 0) {
        enum lab_err err = UNPACK(saved, state, &saved);
        LAB_ASSERT(err == LAB_OK);
        rf->current_term = saved.current_term;
        rf->voted_for = saved.voted_for;
    }
    rf->log.last_included_index = saved.last_included_index;
    rf->log.last_included_term = saved.last_included_term;
    for (size_t i = 0; i < saved.log_count; i++) {
        log_append(&rf->log, saved.log[i].term, saved.log[i].command);
    }
    LAB_ASSERT(log_last_term(&rf->log) <= rf->current_term);
    /* commit_index and last_applied are volatile, but what the snapshot covers
     * is committed, and the service restores itself from the snapshot before
     * it takes anything from us. */
    rf->commit_index = saved.last_included_index;
    rf->last_applied = saved.last_included_index;
    FREE(saved, &saved);
    bytes_free(&state);
}
