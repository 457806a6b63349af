/* memory_storage.c - a storage that keeps everything in memory.
 * Layer: raftcore. docs/raftcore-spec.md §4.2; etcd's storage.go. */
#include "raftcore/memory_storage.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/fatal.h"
#include "raftcore/format.h"

/*     compact_index   entries.at[0]            last index
 *          |               |                       |
 *     ... [6]             [7]    [8]    [9]      [10]
 *
 * The snapshot may be newer than compact_index, as the application makes it and
 * compacts at its own pace, but not older: a member that needs a compacted
 * entry is sent the snapshot. */
struct rc_memory_storage {
    struct rc_hard_state hard_state;
    struct rc_snapshot *snapshot;
    /* The last entry that was compacted; its term is still known, for a leader
     * that probes the entry before its first. */
    uint64_t compact_index, compact_term;
    struct rc_entries entries; /* from compact_index + 1 on */
    struct rc_storage_calls calls;
    enum rc_error (*source)(void *self, struct rc_snapshot **snapshot);
    void *source_self;
};

struct rc_memory_storage *rc_memory_storage_new(void)
{
    struct rc_memory_storage *ms = lab_xcalloc(1, sizeof(*ms));
    ms->snapshot = rc_snapshot_new(); /* of index 0: there is always one */
    return ms;
}

void rc_memory_storage_free(struct rc_memory_storage *ms)
{
    if (ms) {
        rc_snapshot_drop(ms->snapshot);
        rc_entries_release(&ms->entries);
        free(ms);
    }
}

const struct rc_storage_calls *
rc_memory_storage_calls(const struct rc_memory_storage *ms)
{
    return &ms->calls;
}

static uint64_t last_index(const struct rc_memory_storage *ms)
{
    return ms->compact_index + ms->entries.count;
}

/* ---- Called by the core --------------------------------------------------*/

static enum rc_error newest(const struct rc_memory_storage *ms,
                            struct rc_snapshot **snapshot)
{
    if (ms->source) {
        return ms->source(ms->source_self, snapshot);
    }
    *snapshot = rc_snapshot_share(ms->snapshot);
    return RC_OK;
}

static enum rc_error on_initial_state(void *self, struct rc_hard_state *hs,
                                      struct rc_conf_state *cs)
{
    struct rc_memory_storage *ms = self;
    ms->calls.initial_state++;
    struct rc_snapshot *snapshot;
    enum rc_error error = newest(ms, &snapshot);
    if (error == RC_OK) {
        LAB_ASSERT(snapshot);
        *hs = ms->hard_state;
        rc_conf_state_copy(cs, &snapshot->conf_state);
        rc_snapshot_drop(snapshot);
    }
    return error;
}

static enum rc_error on_entries(void *self, uint64_t lo, uint64_t hi,
                                uint64_t max_bytes, struct rc_entries *entries)
{
    struct rc_memory_storage *ms = self;
    ms->calls.entries++;
    if (lo <= ms->compact_index) {
        return RC_COMPACTED;
    }
    if (hi > last_index(ms) + 1) {
        rc_fatal("entries' hi(" D64 ") is out of bound lastindex(" D64 ")", hi,
                 last_index(ms));
    }
    if (ms->entries.count == 0) {
        return RC_UNAVAILABLE;
    }
    LAB_ASSERT(lo <= hi);
    size_t from = (size_t)(lo - ms->compact_index - 1);
    size_t count =
        rc_entries_within(ms->entries.at + from, (size_t)(hi - lo), max_bytes);
    *entries = rc_entries_share(&ms->entries, from, from + count);
    return RC_OK;
}

static enum rc_error term_of(const struct rc_memory_storage *ms, uint64_t index,
                             uint64_t *term)
{
    if (index < ms->compact_index) {
        return RC_COMPACTED;
    }
    if (index > last_index(ms)) {
        return RC_UNAVAILABLE;
    }
    *term = index == ms->compact_index
                ? ms->compact_term
                : ms->entries.at[index - ms->compact_index - 1].term;
    return RC_OK;
}

static enum rc_error on_term(void *self, uint64_t index, uint64_t *term)
{
    struct rc_memory_storage *ms = self;
    ms->calls.term++;
    return term_of(ms, index, term);
}

static uint64_t on_last_index(void *self)
{
    struct rc_memory_storage *ms = self;
    ms->calls.last_index++;
    return last_index(ms);
}

static uint64_t on_first_index(void *self)
{
    struct rc_memory_storage *ms = self;
    ms->calls.first_index++;
    return ms->compact_index + 1;
}

static enum rc_error on_snapshot(void *self, struct rc_snapshot **snapshot)
{
    struct rc_memory_storage *ms = self;
    ms->calls.snapshot++;
    LAB_ASSERT(snapshot);
    return newest(ms, snapshot);
}

void rc_memory_storage_set_source(
    struct rc_memory_storage *ms,
    enum rc_error (*source)(void *self, struct rc_snapshot **snapshot),
    void *self)
{
    LAB_ASSERT(source);
    ms->source = source;
    ms->source_self = self;
}

struct rc_storage rc_memory_storage_interface(struct rc_memory_storage *ms)
{
    return (struct rc_storage){
        .self = ms,
        .initial_state = on_initial_state,
        .entries = on_entries,
        .term = on_term,
        .last_index = on_last_index,
        .first_index = on_first_index,
        .snapshot = on_snapshot,
    };
}

/* ---- Called by the application -------------------------------------------*/

void rc_memory_storage_set_hard_state(struct rc_memory_storage *ms,
                                      struct rc_hard_state hs)
{
    ms->hard_state = hs;
}

void rc_memory_storage_append(struct rc_memory_storage *ms,
                              const struct rc_entries *entries)
{
    const struct rc_entry *at = entries->at;
    size_t count = entries->count;
    /* A snapshot may have been applied since these entries were handed out. */
    while (count > 0 && at->index <= ms->compact_index) {
        at++;
        count--;
    }
    if (count == 0) {
        return;
    }
    uint64_t keep = at->index - ms->compact_index - 1;
    if (keep > ms->entries.count) {
        rc_fatal("missing log entry [last: " D64 ", append at: " D64 "]",
                 last_index(ms), at->index);
    }
    /* Where entries are replaced rc_entries_append() makes a new block: runs of
     * the old ones keep them. */
    rc_entries_cut(&ms->entries, (size_t)keep);
    rc_entries_append(&ms->entries, at, count);
    LAB_ASSERT(last_index(ms) == at[count - 1].index);
}

enum rc_error rc_memory_storage_apply_snapshot(struct rc_memory_storage *ms,
                                               struct rc_snapshot *snapshot)
{
    /* One of index 0 brings a configuration only, and may be replaced by any.
     */
    if (ms->snapshot->index != 0 && ms->snapshot->index >= snapshot->index) {
        return RC_SNAP_OUT_OF_DATE;
    }
    rc_snapshot_share(snapshot);
    rc_snapshot_drop(ms->snapshot);
    ms->snapshot = snapshot;
    ms->compact_index = snapshot->index;
    ms->compact_term = snapshot->term;
    rc_entries_release(&ms->entries);
    LAB_ASSERT(last_index(ms) == snapshot->index);
    return RC_OK;
}

enum rc_error rc_memory_storage_create_snapshot(struct rc_memory_storage *ms,
                                                uint64_t index,
                                                const struct rc_conf_state *cs,
                                                struct rc_payload *data,
                                                struct rc_snapshot **snapshot)
{
    if (index <= ms->snapshot->index) {
        return RC_SNAP_OUT_OF_DATE;
    }
    if (index > last_index(ms)) {
        rc_fatal("snapshot " D64 " is out of bound lastindex(" D64 ")", index,
                 last_index(ms));
    }
    struct rc_snapshot *made = rc_snapshot_new();
    made->index = index;
    if (term_of(ms, index, &made->term) != RC_OK) {
        rc_fatal("snapshot " D64 " is compacted", index);
    }
    rc_conf_state_copy(&made->conf_state, cs ? cs : &ms->snapshot->conf_state);
    made->data = rc_payload_share(data);
    LAB_ASSERT(made->index > ms->snapshot->index);
    rc_snapshot_drop(ms->snapshot);
    ms->snapshot = made;
    if (snapshot) {
        *snapshot = rc_snapshot_share(made);
    }
    return RC_OK;
}

enum rc_error rc_memory_storage_compact(struct rc_memory_storage *ms,
                                        uint64_t index)
{
    if (index <= ms->compact_index) {
        return RC_COMPACTED;
    }
    if (index > last_index(ms)) {
        rc_fatal("compact " D64 " is out of bound lastindex(" D64 ")", index,
                 last_index(ms));
    }
    size_t gone = (size_t)(index - ms->compact_index);
    uint64_t last = last_index(ms);
    /* In a new block: the memory of the others is returned. */
    struct rc_entries rest = {NULL, NULL, 0};
    rc_entries_append(&rest, ms->entries.at + gone, ms->entries.count - gone);
    ms->compact_term = ms->entries.at[gone - 1].term;
    ms->compact_index = index;
    rc_entries_release(&ms->entries);
    ms->entries = rest;
    LAB_ASSERT(last_index(ms) == last);
    return RC_OK;
}
