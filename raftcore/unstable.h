/* unstable.h - the end of a log: what is not known to be saved.
 * Layer: raftcore. Specification, section 4.3. */
#ifndef RAFTCORE_UNSTABLE_H
#define RAFTCORE_UNSTABLE_H

#include "raftcore/entry.h"
#include "raftcore/logger.h"
#include "raftcore/state.h"

/* What of it is "in progress" was handed out to be saved. */
struct unstable {
    struct rc_snapshot *snapshot; /* NULL: none */
    struct rc_entries entries;
    uint64_t offset; /* index of the first entry; the storage may have
                      * entries there that these are to replace */
    uint64_t offset_in_progress; /* behind those in progress */
    bool snapshot_in_progress;
    const struct rc_logger *logger;
};
void unstable_release(struct unstable *u);

/* Behind its last entry. */
static inline uint64_t unstable_end(const struct unstable *u)
{
    return u->offset + u->entries.count;
}

/* false: not known here. */
bool unstable_maybe_first_index(const struct unstable *u, uint64_t *index);
bool unstable_maybe_last_index(const struct unstable *u, uint64_t *index);
bool unstable_maybe_term(const struct unstable *u, uint64_t index,
                         uint64_t *term);

/* What is not in progress yet; held by the caller. */
struct rc_entries unstable_next_entries(const struct unstable *u);
struct rc_snapshot *unstable_next_snapshot(const struct unstable *u);
bool unstable_has_next_entries(const struct unstable *u);
bool unstable_has_next_snapshot(const struct unstable *u);

/* All of it is in progress now. */
void unstable_accept_in_progress(struct unstable *u);

/* Saved up to this entry; nothing happens if it is not the one here. */
void unstable_stable_to(struct unstable *u, uint64_t index, uint64_t term);
void unstable_stable_snap_to(struct unstable *u, uint64_t index);

/* Nothing but this snapshot; shares it. */
void unstable_restore(struct unstable *u, struct rc_snapshot *snapshot);

/* These entries, and none behind them; at least one. */
void unstable_truncate_and_append(struct unstable *u, const struct rc_entry *at,
                                  size_t count);

/* Entries [lo, hi), held by the caller. */
struct rc_entries unstable_slice(const struct unstable *u, uint64_t lo,
                                 uint64_t hi);

#endif
