/* unstable.c - the end of the log that is not known to be durable.
 * Layer: raftcore. docs/raftcore-spec.md §4.3; etcd's log_unstable.go. */
#include "raftcore/unstable.h"

#include "base/assert.h"
#include "raftcore/fatal.h"
#include "raftcore/format.h"

void unstable_release(struct unstable *u)
{
    rc_snapshot_drop(u->snapshot);
    u->snapshot = NULL;
    rc_entries_release(&u->entries);
}

static void check(const struct unstable *u)
{
    LAB_ASSERT(u->offset <= u->offset_in_progress);
    LAB_ASSERT(u->offset_in_progress <= unstable_end(u));
    LAB_ASSERT(u->snapshot || !u->snapshot_in_progress);
}

bool unstable_maybe_first_index(const struct unstable *u, uint64_t *index)
{
    if (!u->snapshot) {
        return false; /* the storage's: it has entries before offset */
    }
    *index = u->snapshot->index + 1;
    return true;
}

bool unstable_maybe_last_index(const struct unstable *u, uint64_t *index)
{
    if (u->entries.count > 0) {
        *index = unstable_end(u) - 1;
        return true;
    }
    if (u->snapshot) {
        *index = u->snapshot->index;
        return true;
    }
    return false;
}

bool unstable_maybe_term(const struct unstable *u, uint64_t index,
                         uint64_t *term)
{
    if (index < u->offset) {
        /* Of what a snapshot replaced only the last entry's term is known. */
        if (!u->snapshot || u->snapshot->index != index) {
            return false;
        }
        *term = u->snapshot->term;
        return true;
    }
    if (index >= unstable_end(u)) {
        return false;
    }
    LAB_ASSERT(u->entries.at[index - u->offset].index == index);
    *term = u->entries.at[index - u->offset].term;
    return true;
}

/* ---- Handing out ---------------------------------------------------------*/

bool unstable_has_next_entries(const struct unstable *u)
{
    return u->offset_in_progress < unstable_end(u);
}

struct rc_entries unstable_next_entries(const struct unstable *u)
{
    if (!unstable_has_next_entries(u)) {
        return (struct rc_entries){NULL, NULL, 0};
    }
    return rc_entries_share(&u->entries,
                            (size_t)(u->offset_in_progress - u->offset),
                            u->entries.count);
}

bool unstable_has_next_snapshot(const struct unstable *u)
{
    return u->snapshot && !u->snapshot_in_progress;
}

struct rc_snapshot *unstable_next_snapshot(const struct unstable *u)
{
    return unstable_has_next_snapshot(u) ? rc_snapshot_share(u->snapshot)
                                         : NULL;
}

void unstable_accept_in_progress(struct unstable *u)
{
    if (u->entries.count > 0) {
        u->offset_in_progress = unstable_end(u);
    }
    if (u->snapshot) {
        u->snapshot_in_progress = true;
    }
}

/* ---- Durable -------------------------------------------------------------*/

void unstable_stable_to(struct unstable *u, uint64_t index, uint64_t term)
{
    uint64_t own_term;
    /* An acknowledgement that is overtaken by events is ignored: a later one
     * will be of what is here now. First case: the entries were acknowledged
     * before, or truncated. Second: a snapshot replaced them. Third: a leader
     * of a later term overwrote them, and the new ones are still to be written.
     */
    if (!unstable_maybe_term(u, index, &own_term)) {
        rc_log(u->logger, RC_LOG_INFO,
               "entry at index " D64 " missing from unstable log; ignoring",
               index);
        return;
    }
    if (index < u->offset) {
        rc_log(u->logger, RC_LOG_INFO,
               "entry at index " D64 " matched unstable snapshot; ignoring",
               index);
        return;
    }
    if (own_term != term) {
        rc_log(u->logger, RC_LOG_INFO,
               "entry at (index,term)=(" D64 "," D64
               ") mismatched with entry at (" D64 "," D64
               ") in unstable log; ignoring",
               index, term, index, own_term);
        return;
    }
    rc_entries_drop_front(&u->entries, (size_t)(index + 1 - u->offset));
    u->offset = index + 1;
    /* The entries may not have been handed out since an overwrite, and be
     * durable from before it, with the same term. */
    if (u->offset_in_progress < u->offset) {
        u->offset_in_progress = u->offset;
    }
}

void unstable_stable_snap_to(struct unstable *u, uint64_t index)
{
    if (u->snapshot && u->snapshot->index == index) {
        rc_snapshot_drop(u->snapshot);
        u->snapshot = NULL;
        u->snapshot_in_progress = false;
    }
    LAB_ASSERT(!u->snapshot || u->snapshot->index != index);
}

/* ---- Changing ------------------------------------------------------------*/

void unstable_restore(struct unstable *u, struct rc_snapshot *snapshot)
{
    rc_snapshot_share(snapshot);
    unstable_release(u);
    u->snapshot = snapshot;
    u->snapshot_in_progress = false;
    u->offset = u->offset_in_progress = snapshot->index + 1;
    check(u);
}

/* Three cases, of entries 5 to 7 here with offset 5:
 *
 *     new 8 9   first == end      5 6 7 8 9   append
 *     new 4 5   first <= offset       4 5     replace all; offset is 4 now, as
 *                                             the storage's entry 4 has to be
 *                                             overwritten, too
 *     new 6     otherwise             5 6     truncate, then append
 *
 * What was in progress and is gone will be acknowledged with a term that does
 * not match, or not at all: unstable_stable_to(). */
void unstable_truncate_and_append(struct unstable *u, const struct rc_entry *at,
                                  size_t count)
{
    LAB_ASSERT(count > 0);
    uint64_t first = at[0].index;
    if (first == unstable_end(u)) { /* the common case */
        rc_entries_append(&u->entries, at, count);
        return;
    }
    /* Entries that are durable, or being written, are overwritten: all that is
     * unstable goes. The storage truncates its log when it writes these. */
    if (first <= u->offset) {
        rc_log(u->logger, RC_LOG_INFO,
               "replace the unstable entries from index " D64, first);
        struct rc_entries lent = {NULL, (struct rc_entry *)at, count};
        struct rc_entries taken = rc_entries_share(&lent, 0, count);
        rc_entries_release(&u->entries);
        u->entries = taken;
        u->offset = u->offset_in_progress = first;
        check(u);
        return;
    }
    rc_log(u->logger, RC_LOG_INFO,
           "truncate the unstable entries before index " D64, first);
    if (first > unstable_end(u)) {
        rc_fatal("unstable.slice[" D64 "," D64 ") out of bound [" D64 "," D64
                 "]",
                 u->offset, first, u->offset, unstable_end(u));
    }
    /* Entries that were handed out never change: where others hold the ones
     * that go, rc_entries_append() continues in a new block. */
    rc_entries_cut(&u->entries, (size_t)(first - u->offset));
    rc_entries_append(&u->entries, at, count);
    if (u->offset_in_progress > first) { /* the new ones are to be written */
        u->offset_in_progress = first;
    }
    check(u);
}

struct rc_entries unstable_slice(const struct unstable *u, uint64_t lo,
                                 uint64_t hi)
{
    if (lo > hi) {
        rc_fatal("invalid unstable.slice " D64 " > " D64, lo, hi);
    }
    if (lo < u->offset || hi > unstable_end(u)) {
        rc_fatal("unstable.slice[" D64 "," D64 ") out of bound [" D64 "," D64
                 "]",
                 lo, hi, u->offset, unstable_end(u));
    }
    return rc_entries_share(&u->entries, (size_t)(lo - u->offset),
                            (size_t)(hi - u->offset));
}
