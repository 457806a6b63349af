/* memory_storage.c - a storage that keeps everything in memory.
 * Layer: raftcore. */
#include "raftcore/memory_storage.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "raftcore/fatal.h"

struct memory_storage {
    struct hard_state hard_state;
    struct snapshot *snapshot;
    /* Up to where the log is compacted. */
    uint64_t compact_index, compact_term;
    struct entries entries; /* from compact_index + 1 on */
    struct storage_calls calls;
    enum core_error (*source)(void *self, struct snapshot **snapshot);
    void *source_self;
};

struct memory_storage *memory_storage_new(void)
{
    struct memory_storage *ms = lab_xcalloc(1, sizeof(*ms));
    ms->snapshot = snapshot_new();
    return ms;
}

void memory_storage_free(struct memory_storage *ms)
{
    if (ms) {
        snapshot_drop(ms->snapshot);
        entries_release(&ms->entries);
        free(ms);
    }
}

const struct storage_calls *
memory_storage_calls(const struct memory_storage *ms)
{
    return &ms->calls;
}

static uint64_t last_index(const struct memory_storage *ms)
{
    return ms->compact_index + ms->entries.count;
}

/* ---- The core asks -------------------------------------------------------*/

static enum core_error newest(const struct memory_storage *ms,
                              struct snapshot **snapshot)
{
    if (ms->source) {
        return ms->source(ms->source_self, snapshot);
    }
    *snapshot = snapshot_share(ms->snapshot);
    return CORE_OK;
}

static enum core_error on_initial_state(void *self, struct hard_state *hs,
                                        struct conf_state *cs)
{
    struct memory_storage *ms = self;
    ms->calls.initial_state++;
    struct snapshot *snapshot;
    enum core_error error = newest(ms, &snapshot);
    if (error == CORE_OK) {
        *hs = ms->hard_state;
        conf_state_copy(cs, &snapshot->conf_state);
        snapshot_drop(snapshot);
    }
    return error;
}

static enum core_error on_entries(void *self, uint64_t lo, uint64_t hi,
                                  uint64_t max_bytes, struct entries *entries)
{
    struct memory_storage *ms = self;
    ms->calls.entries++;
    if (lo <= ms->compact_index) {
        return CORE_COMPACTED;
    }
    if (hi > last_index(ms) + 1) {
        core_fatal("entries' hi(%" PRIu64 ") is out of bound lastindex(%" PRIu64
                   ")",
                   hi, last_index(ms));
    }
    if (ms->entries.count == 0) {
        return CORE_UNAVAILABLE;
    }
    size_t from = (size_t)(lo - ms->compact_index - 1);
    size_t count =
        entries_within(ms->entries.at + from, (size_t)(hi - lo), max_bytes);
    *entries = entries_share(&ms->entries, from, from + count);
    return CORE_OK;
}

static enum core_error term_of(const struct memory_storage *ms, uint64_t index,
                               uint64_t *term)
{
    if (index < ms->compact_index) {
        return CORE_COMPACTED;
    }
    if (index > last_index(ms)) {
        return CORE_UNAVAILABLE;
    }
    *term = index == ms->compact_index
                ? ms->compact_term
                : ms->entries.at[index - ms->compact_index - 1].term;
    return CORE_OK;
}

static enum core_error on_term(void *self, uint64_t index, uint64_t *term)
{
    struct memory_storage *ms = self;
    ms->calls.term++;
    return term_of(ms, index, term);
}

static uint64_t on_last_index(void *self)
{
    struct memory_storage *ms = self;
    ms->calls.last_index++;
    return last_index(ms);
}

static uint64_t on_first_index(void *self)
{
    struct memory_storage *ms = self;
    ms->calls.first_index++;
    return ms->compact_index + 1;
}

static enum core_error on_snapshot(void *self, struct snapshot **snapshot)
{
    struct memory_storage *ms = self;
    ms->calls.snapshot++;
    return newest(ms, snapshot);
}

void memory_storage_set_source(
    struct memory_storage *ms,
    enum core_error (*source)(void *self, struct snapshot **snapshot),
    void *self)
{
    ms->source = source;
    ms->source_self = self;
}

struct storage memory_storage_face(struct memory_storage *ms)
{
    return (struct storage){
        .self = ms,
        .initial_state = on_initial_state,
        .entries = on_entries,
        .term = on_term,
        .last_index = on_last_index,
        .first_index = on_first_index,
        .snapshot = on_snapshot,
    };
}

/* ---- The application writes ---------------------------------------------*/

void memory_storage_set_hard_state(struct memory_storage *ms,
                                   struct hard_state hs)
{
    ms->hard_state = hs;
}

void memory_storage_append(struct memory_storage *ms,
                           const struct entries *entries)
{
    const struct entry *at = entries->at;
    size_t count = entries->count;
    while (count > 0 && at->index <= ms->compact_index) {
        at++;
        count--;
    }
    if (count == 0) {
        return;
    }
    uint64_t keep = at->index - ms->compact_index - 1;
    if (keep > ms->entries.count) {
        core_fatal("missing log entry [last: %" PRIu64 ", append at: %" PRIu64
                   "]",
                   last_index(ms), at->index);
    }
    /* Where entries are replaced a new block is made: those who hold the old
     * ones keep them. */
    entries_cut(&ms->entries, (size_t)keep);
    entries_append(&ms->entries, at, count);
}

enum core_error memory_storage_apply_snapshot(struct memory_storage *ms,
                                              struct snapshot *snapshot)
{
    /* At index 0 it brings a configuration only. */
    if (ms->snapshot->index != 0 && ms->snapshot->index >= snapshot->index) {
        return CORE_SNAP_OUT_OF_DATE;
    }
    snapshot_share(snapshot);
    snapshot_drop(ms->snapshot);
    ms->snapshot = snapshot;
    ms->compact_index = snapshot->index;
    ms->compact_term = snapshot->term;
    entries_release(&ms->entries);
    return CORE_OK;
}

enum core_error memory_storage_create_snapshot(struct memory_storage *ms,
                                               uint64_t index,
                                               const struct conf_state *cs,
                                               struct payload *data,
                                               struct snapshot **snapshot)
{
    if (index <= ms->snapshot->index) {
        return CORE_SNAP_OUT_OF_DATE;
    }
    if (index > last_index(ms)) {
        core_fatal("snapshot %" PRIu64 " is out of bound lastindex(%" PRIu64
                   ")",
                   index, last_index(ms));
    }
    struct snapshot *made = snapshot_new();
    made->index = index;
    if (term_of(ms, index, &made->term) != CORE_OK) {
        core_fatal("snapshot %" PRIu64 " is compacted", index);
    }
    conf_state_copy(&made->conf_state, cs ? cs : &ms->snapshot->conf_state);
    made->data = payload_share(data);
    snapshot_drop(ms->snapshot);
    ms->snapshot = made;
    if (snapshot) {
        *snapshot = snapshot_share(made);
    }
    return CORE_OK;
}

enum core_error memory_storage_compact(struct memory_storage *ms,
                                       uint64_t index)
{
    if (index <= ms->compact_index) {
        return CORE_COMPACTED;
    }
    if (index > last_index(ms)) {
        core_fatal("compact %" PRIu64 " is out of bound lastindex(%" PRIu64 ")",
                   index, last_index(ms));
    }
    size_t gone = (size_t)(index - ms->compact_index);
    struct entries rest = {NULL, NULL, 0}; /* in a block without the others */
    entries_append(&rest, ms->entries.at + gone, ms->entries.count - gone);
    ms->compact_term = ms->entries.at[gone - 1].term;
    ms->compact_index = index;
    entries_release(&ms->entries);
    ms->entries = rest;
    return CORE_OK;
}
