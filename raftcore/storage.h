/* storage.h - what a node reads of its log: functions of the application.
 * Layer: raftcore. docs/raftcore-spec.md §4.1; etcd: Storage.
 *
 * The node reads through these, and the application writes what a Ready says.
 * They are called during calls of the node, on that thread, and must not call
 * it. Answers reflect all that was written before. Any error but the named ones
 * is a broken invariant: a node cannot go on without its log.
 *
 *     first_index - 1   the last entry that was compacted: its term is known
 *     first_index .. last_index   entries; none if last_index is less */
#ifndef RAFTCORE_STORAGE_H
#define RAFTCORE_STORAGE_H

#include "raftcore/entry.h"
#include "raftcore/error.h"
#include "raftcore/state.h"

struct rc_storage {
    void *self;

    /* Once, by rc_rawnode_new(): the last hard state that was written, all zero
     * if none was, and the members as of the last snapshot. The node releases
     * *cs. */
    enum rc_error (*initial_state)(void *self, struct rc_hard_state *hs,
                                   struct rc_conf_state *cs);

    /* Entries lo .. hi - 1, or as many of the first as take at most max_bytes
     * on the wire, but at least one; the node releases the run. lo < hi <=
     * last_index + 1. RC_COMPACTED: lo is less than first_index.
     * RC_UNAVAILABLE: some are missing, which is a broken invariant. */
    enum rc_error (*entries)(void *self, uint64_t lo, uint64_t hi,
                             uint64_t max_bytes, struct rc_entries *entries);

    /* The term of an index from first_index - 1 to last_index. Others are
     * RC_COMPACTED or RC_UNAVAILABLE. */
    enum rc_error (*term)(void *self, uint64_t index, uint64_t *term);

    /* last_index is called once, by rc_rawnode_new() and
     * rc_rawnode_bootstrap(); afterwards the node knows. */
    uint64_t (*last_index)(void *self);
    uint64_t (*first_index)(void *self);

    /* The newest snapshot, one reference for the node to drop. It must not be
     * empty, and not older than first_index - 1: the log continues behind it.
     * RC_SNAP_LATER: not now; the node asks again. */
    enum rc_error (*snapshot)(void *self, struct rc_snapshot **snapshot);
};

#endif
