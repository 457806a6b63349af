/* memory_storage.h - a storage that keeps everything in memory.
 * Layer: raftcore. One thread at a time, that of the node included.
 * docs/raftcore-spec.md §4.2; etcd: MemoryStorage.
 *
 * Many applications keep the log in memory as well as on disk: they write to
 * disk first, then here. For a Ready: rc_memory_storage_apply_snapshot(),
 * _append(), _set_hard_state(). Now and then, when entries were applied:
 * _create_snapshot(), then _compact(). */
#ifndef RAFTCORE_MEMORY_STORAGE_H
#define RAFTCORE_MEMORY_STORAGE_H

#include "raftcore/storage.h"

struct rc_memory_storage;

/* Make an empty one: its first index is 1. */
struct rc_memory_storage *rc_memory_storage_new(void);
void rc_memory_storage_free(struct rc_memory_storage *ms); /* or NULL */

/* Take snapshots from source, not from the one kept here, for an application
 * that makes them on demand: as snapshot() in storage.h. Members at a start are
 * those of such a snapshot, which must be available then. self is passed on. */
void rc_memory_storage_set_source(
    struct rc_memory_storage *ms,
    enum rc_error (*source)(void *self, struct rc_snapshot **snapshot),
    void *self);

/* The storage for a node's configuration; valid as long as ms. */
struct rc_storage rc_memory_storage_interface(struct rc_memory_storage *ms);

/* How often the node called each function: for benchmarks. */
struct rc_storage_calls {
    uint64_t initial_state, first_index, last_index, entries, term, snapshot;
};
const struct rc_storage_calls *
rc_memory_storage_calls(const struct rc_memory_storage *ms);

void rc_memory_storage_set_hard_state(struct rc_memory_storage *ms,
                                      struct rc_hard_state hs);

/* Append entries with consecutive indexes; shares them. They replace all
 * entries of the same and of higher indexes; compacted ones are left out. A gap
 * is a broken invariant. */
void rc_memory_storage_append(struct rc_memory_storage *ms,
                              const struct rc_entries *entries);

/* Replace everything by the snapshot, which is shared. RC_SNAP_OUT_OF_DATE: the
 * one here is as new. */
enum rc_error rc_memory_storage_apply_snapshot(struct rc_memory_storage *ms,
                                               struct rc_snapshot *snapshot);

/* Keep a snapshot of the application's state at index, an applied entry.
 * Compacts nothing.
 * cs        the members then; NULL: as in the snapshot before
 * data      the state; shared
 * snapshot  unless NULL, set to a reference that the caller drops
 * RC_SNAP_OUT_OF_DATE: the one here is as new. */
enum rc_error rc_memory_storage_create_snapshot(struct rc_memory_storage *ms,
                                                uint64_t index,
                                                const struct rc_conf_state *cs,
                                                struct rc_payload *data,
                                                struct rc_snapshot **snapshot);

/* Drop the entries up to index, an applied entry. RC_COMPACTED: they are gone
 * already. */
enum rc_error rc_memory_storage_compact(struct rc_memory_storage *ms,
                                        uint64_t index);

#endif
