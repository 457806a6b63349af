/* unstable.c - the end of a log: what is not known to be saved.
 * Layer: raftcore. */
#include "raftcore/unstable.h"

#include <inttypes.h>

#include "base/assert.h"
#include "raftcore/fatal.h"

void unstable_release(struct unstable *u)
{
    snapshot_drop(u->snapshot);
    u->snapshot = NULL;
    entries_release(&u->entries);
}

bool unstable_maybe_first_index(const struct unstable *u, uint64_t *index)
{
    if (!u->snapshot) {
        return false;
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
        if (!u->snapshot || u->snapshot->index != index) {
            return false;
        }
        *term = u->snapshot->term;
        return true;
    }
    if (index >= unstable_end(u)) {
        return false;
    }
    *term = u->entries.at[index - u->offset].term;
    return true;
}

/* ---- Handing out ---------------------------------------------------------*/

bool unstable_has_next_entries(const struct unstable *u)
{
    return u->offset_in_progress < unstable_end(u);
}

struct entries unstable_next_entries(const struct unstable *u)
{
    if (!unstable_has_next_entries(u)) {
        return (struct entries){NULL, NULL, 0};
    }
    return entries_share(&u->entries,
                         (size_t)(u->offset_in_progress - u->offset),
                         u->entries.count);
}

bool unstable_has_next_snapshot(const struct unstable *u)
{
    return u->snapshot && !u->snapshot_in_progress;
}

struct snapshot *unstable_next_snapshot(const struct unstable *u)
{
    return unstable_has_next_snapshot(u) ? snapshot_share(u->snapshot) : NULL;
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

/* ---- Saved ---------------------------------------------------------------*/

void unstable_stable_to(struct unstable *u, uint64_t index, uint64_t term)
{
    uint64_t own_term;
    if (!unstable_maybe_term(u, index, &own_term)) {
        core_log(u->logger, LOG_INFO,
                 "entry at index %" PRIu64
                 " missing from unstable log; ignoring",
                 index);
        return;
    }
    if (index < u->offset) {
        core_log(u->logger, LOG_INFO,
                 "entry at index %" PRIu64
                 " matched unstable snapshot; ignoring",
                 index);
        return;
    }
    if (own_term != term) {
        core_log(u->logger, LOG_INFO,
                 "entry at (index,term)=(%" PRIu64 ",%" PRIu64
                 ") mismatched with entry at (%" PRIu64 ",%" PRIu64
                 ") in unstable log; ignoring",
                 index, term, index, own_term);
        return;
    }
    entries_drop_front(&u->entries, (size_t)(index + 1 - u->offset));
    u->offset = index + 1;
    if (u->offset_in_progress < u->offset) {
        u->offset_in_progress = u->offset;
    }
}

void unstable_stable_snap_to(struct unstable *u, uint64_t index)
{
    if (u->snapshot && u->snapshot->index == index) {
        snapshot_drop(u->snapshot);
        u->snapshot = NULL;
        u->snapshot_in_progress = false;
    }
}

/* ---- Changing ------------------------------------------------------------*/

void unstable_restore(struct unstable *u, struct snapshot *snapshot)
{
    snapshot_share(snapshot);
    unstable_release(u);
    u->snapshot = snapshot;
    u->snapshot_in_progress = false;
    u->offset = u->offset_in_progress = snapshot->index + 1;
}

void unstable_truncate_and_append(struct unstable *u, const struct entry *at,
                                  size_t count)
{
    LAB_ASSERT(count > 0);
    uint64_t first = at[0].index;
    if (first == unstable_end(u)) {
        entries_append(&u->entries, at, count);
        return;
    }
    if (first <= u->offset) {
        core_log(u->logger, LOG_INFO,
                 "replace the unstable entries from index %" PRIu64, first);
        struct entries lent = {NULL, (struct entry *)at, count};
        struct entries taken = entries_share(&lent, 0, count);
        entries_release(&u->entries);
        u->entries = taken;
        u->offset = u->offset_in_progress = first;
        return;
    }
    core_log(u->logger, LOG_INFO,
             "truncate the unstable entries before index %" PRIu64, first);
    if (first > unstable_end(u)) {
        core_fatal("unstable.slice[%" PRIu64 ",%" PRIu64
                   ") out of bound [%" PRIu64 ",%" PRIu64 "]",
                   u->offset, first, u->offset, unstable_end(u));
    }
    /* Those who hold the entries that go keep them: a new block is made. */
    entries_cut(&u->entries, (size_t)(first - u->offset));
    entries_append(&u->entries, at, count);
    if (u->offset_in_progress > first) {
        u->offset_in_progress = first;
    }
}

struct entries unstable_slice(const struct unstable *u, uint64_t lo,
                              uint64_t hi)
{
    if (lo > hi) {
        core_fatal("invalid unstable.slice %" PRIu64 " > %" PRIu64, lo, hi);
    }
    if (lo < u->offset || hi > unstable_end(u)) {
        core_fatal("unstable.slice[%" PRIu64 ",%" PRIu64
                   ") out of bound [%" PRIu64 ",%" PRIu64 "]",
                   lo, hi, u->offset, unstable_end(u));
    }
    return entries_share(&u->entries, (size_t)(lo - u->offset),
                         (size_t)(hi - u->offset));
}
