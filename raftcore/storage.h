/* storage.h - what a core asks of whoever keeps its log.
 * Layer: raftcore. Specification, section 4.1.
 *
 * Called while the core runs, from its thread; must not call it. */
#ifndef RAFTCORE_STORAGE_H
#define RAFTCORE_STORAGE_H

#include "raftcore/entry.h"
#include "raftcore/error.h"
#include "raftcore/state.h"

struct rc_storage {
    void *self;

    /* Once, at the start. cs: the core releases it. */
    enum rc_error (*initial_state)(void *self, struct rc_hard_state *hs,
                                   struct rc_conf_state *cs);

    /* Entries [lo, hi), held by the core from now on: as many of the first as
     * take no more than max_bytes on the wire, but at least one.
     * RC_COMPACTED: lo is before the first index. RC_UNAVAILABLE: some are
     * missing. */
    enum rc_error (*entries)(void *self, uint64_t lo, uint64_t hi,
                             uint64_t max_bytes, struct rc_entries *entries);

    /* Of an index between first_index - 1 and last_index; else RC_COMPACTED
     * or RC_UNAVAILABLE. */
    enum rc_error (*term)(void *self, uint64_t index, uint64_t *term);

    uint64_t (*last_index)(void *self);

    /* One more than the index up to which entries were compacted. */
    uint64_t (*first_index)(void *self);

    /* The newest, one holder more. RC_SNAP_LATER: the core asks again. */
    enum rc_error (*snapshot)(void *self, struct rc_snapshot **snapshot);
};

#endif
