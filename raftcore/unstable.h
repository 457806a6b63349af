/* unstable.h - the end of the log that is not known to be durable.
 * Layer: raftcore; inner. docs/raftcore-spec.md §4.3; etcd: unstable.
 *
 *     [ snapshot ][ entries in progress ][ entries not handed out ]
 *                  ^ offset               ^ offset_in_progress     ^ end
 *
 * "In progress" was handed out to be written and is not acknowledged. */
#ifndef RAFTCORE_UNSTABLE_H
#define RAFTCORE_UNSTABLE_H

#include "raftcore/entry.h"
#include "raftcore/logger.h"
#include "raftcore/state.h"

struct unstable {
    struct rc_snapshot *snapshot; /* NULL: none */
    struct rc_entries entries;
    uint64_t offset; /* index of the first entry; the storage may have
                      * entries there that these are to overwrite */
    uint64_t offset_in_progress; /* index of the first not handed out */
    bool snapshot_in_progress;
    const struct rc_logger *logger;
};
void unstable_release(struct unstable *u);

/* The index behind the last entry. */
static inline uint64_t unstable_end(const struct unstable *u)
{
    return u->offset + u->entries.count;
}

/* Return false if that is not known here: the storage knows. */
bool unstable_maybe_first_index(const struct unstable *u, uint64_t *index);
bool unstable_maybe_last_index(const struct unstable *u, uint64_t *index);
bool unstable_maybe_term(const struct unstable *u, uint64_t index,
                         uint64_t *term);

/* Return what is to be handed out, for the caller to release: what is not in
 * progress. */
struct rc_entries unstable_next_entries(const struct unstable *u);
struct rc_snapshot *unstable_next_snapshot(const struct unstable *u);
bool unstable_has_next_entries(const struct unstable *u);
bool unstable_has_next_snapshot(const struct unstable *u);

/* Everything was handed out. */
void unstable_accept_in_progress(struct unstable *u);

/* Entries up to this one are durable, or the snapshot of this index. Nothing
 * happens if that is not what is here. */
void unstable_stable_to(struct unstable *u, uint64_t index, uint64_t term);
void unstable_stable_snap_to(struct unstable *u, uint64_t index);

/* Replace everything by a snapshot, which is shared. */
void unstable_restore(struct unstable *u, struct rc_snapshot *snapshot);

/* Append consecutive entries, at least one, which replace those of the same and
 * of higher indexes. */
void unstable_truncate_and_append(struct unstable *u, const struct rc_entry *at,
                                  size_t count);

/* Return entries lo .. hi - 1, for the caller to release. */
struct rc_entries unstable_slice(const struct unstable *u, uint64_t lo,
                                 uint64_t hi);

#endif
