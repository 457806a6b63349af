/* memory_storage.h - a storage that keeps everything in memory.
 * Layer: raftcore. Specification, section 4.2. One thread at a time.
 *
 * What the application does with it after a Ready: rc_memory_storage_append(),
 * _apply_snapshot(), _set_hard_state(); what it does now and then:
 * _create_snapshot() and _compact(). */
#ifndef RAFTCORE_MEMORY_STORAGE_H
#define RAFTCORE_MEMORY_STORAGE_H

#include "raftcore/storage.h"

struct rc_memory_storage;

/* Empty: the first index is 1. */
struct rc_memory_storage *rc_memory_storage_new(void);
void rc_memory_storage_free(struct rc_memory_storage *ms);

/* Where the core's snapshots come from instead of the one kept here, if the
 * application makes them when they are wanted: as storage.h says of snapshot().
 * The members at a start are those of such a snapshot, too; it must be there.
 * self: passed on, borrowed. */
void rc_memory_storage_set_source(
    struct rc_memory_storage *ms,
    enum rc_error (*source)(void *self, struct rc_snapshot **snapshot),
    void *self);

/* For a core; lives as long as ms. */
struct rc_storage rc_memory_storage_interface(struct rc_memory_storage *ms);

/* How often the core has asked: for benchmarks. */
struct rc_storage_calls {
    uint64_t initial_state, first_index, last_index, entries, term, snapshot;
};
const struct rc_storage_calls *
rc_memory_storage_calls(const struct rc_memory_storage *ms);

void rc_memory_storage_set_hard_state(struct rc_memory_storage *ms,
                                      struct rc_hard_state hs);

/* Entries whose indexes follow each other. They take the place of those with
 * the same index and of all behind; what is compacted is left out. A gap is a
 * broken invariant. */
void rc_memory_storage_append(struct rc_memory_storage *ms,
                              const struct rc_entries *entries);

/* The snapshot and nothing behind it; shares it. RC_SNAP_OUT_OF_DATE. */
enum rc_error rc_memory_storage_apply_snapshot(struct rc_memory_storage *ms,
                                               struct rc_snapshot *snapshot);

/* Of the state that the application has at this index. cs: NULL if it has not
 * changed since the last one. data is shared. *snapshot, unless NULL: one
 * holder more. Compacts nothing. RC_SNAP_OUT_OF_DATE. */
enum rc_error rc_memory_storage_create_snapshot(struct rc_memory_storage *ms,
                                                uint64_t index,
                                                const struct rc_conf_state *cs,
                                                struct rc_payload *data,
                                                struct rc_snapshot **snapshot);

/* Drop the entries up to this index. It must be applied. RC_COMPACTED. */
enum rc_error rc_memory_storage_compact(struct rc_memory_storage *ms,
                                        uint64_t index);

#endif
