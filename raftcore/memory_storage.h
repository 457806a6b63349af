/* memory_storage.h - a storage that keeps everything in memory.
 * Layer: raftcore. Specification, section 4.2. One thread at a time.
 *
 * What the application does with it after a Ready: memory_storage_append(),
 * _apply_snapshot(), _set_hard_state(); what it does now and then:
 * _create_snapshot() and _compact(). */
#ifndef RAFTCORE_MEMORY_STORAGE_H
#define RAFTCORE_MEMORY_STORAGE_H

#include "raftcore/storage.h"

struct memory_storage;

/* Empty: the first index is 1. */
struct memory_storage *memory_storage_new(void);
void memory_storage_free(struct memory_storage *ms);

/* Where the core's snapshots come from instead of the one kept here, if the
 * application makes them when they are wanted: as storage.h says of snapshot().
 * The members at a start are those of such a snapshot, too; it must be there.
 * self: passed on, borrowed. */
void memory_storage_set_source(
    struct memory_storage *ms,
    enum core_error (*source)(void *self, struct snapshot **snapshot),
    void *self);

/* For a core; lives as long as ms. */
struct storage memory_storage_face(struct memory_storage *ms);

/* How often the core has asked: for benchmarks. */
struct storage_calls {
    uint64_t initial_state, first_index, last_index, entries, term, snapshot;
};
const struct storage_calls *
memory_storage_calls(const struct memory_storage *ms);

void memory_storage_set_hard_state(struct memory_storage *ms,
                                   struct hard_state hs);

/* Entries whose indexes follow each other. They take the place of those with
 * the same index and of all behind; what is compacted is left out. A gap is a
 * broken invariant. */
void memory_storage_append(struct memory_storage *ms,
                           const struct entries *entries);

/* The snapshot and nothing behind it; shares it. CORE_SNAP_OUT_OF_DATE. */
enum core_error memory_storage_apply_snapshot(struct memory_storage *ms,
                                              struct snapshot *snapshot);

/* Of the state that the application has at this index. cs: NULL if it has not
 * changed since the last one. data is shared. *snapshot, unless NULL: one
 * holder more. Compacts nothing. CORE_SNAP_OUT_OF_DATE. */
enum core_error memory_storage_create_snapshot(struct memory_storage *ms,
                                               uint64_t index,
                                               const struct conf_state *cs,
                                               struct payload *data,
                                               struct snapshot **snapshot);

/* Drop the entries up to this index. It must be applied. CORE_COMPACTED. */
enum core_error memory_storage_compact(struct memory_storage *ms,
                                       uint64_t index);

#endif
