/* entry.h - entries of the log, and runs of entries.
 * Layer: raftcore. docs/raftcore-spec.md §1.1, §1.3, §14.7; etcd: raftpb.Entry.
 *
 * A run of entries (struct rc_entries) is what a slice is in Go: a part of a
 * block of entries that others may refer to as well. Entries in a block never
 * change once a run shows them, so that log, messages, storage and application
 * share one copy. To keep entries that were handed out, take a run of your own
 * by rc_entries_share(); to be done with it, rc_entries_release() it.
 *
 * Threads: different runs of one block may be used by different threads, with
 * one exception: the run that was appended to last may be appended to in place,
 * so only one thread appends to runs of a block. */
#ifndef RAFTCORE_ENTRY_H
#define RAFTCORE_ENTRY_H

#include "raftcore/payload.h"

#define RC_NO_LIMIT UINT64_MAX /* of a size in bytes */

enum rc_entry_type {
    RC_ENTRY_NORMAL,
    RC_ENTRY_CONF_CHANGE,   /* data: one change, see conf_change.h */
    RC_ENTRY_CONF_CHANGE_V2 /* data: any number of changes */
};

/* The name of a type, "unknown" for any other number. */
const char *rc_entry_type_name(enum rc_entry_type type);

struct rc_entry {
    uint64_t term, index;
    struct rc_payload *data; /* NULL: none */
    enum rc_entry_type type;
};

/* Return the bytes of an entry's wire form, without tag and length: what limits
 * on messages and batches count. */
uint64_t rc_entry_size(const struct rc_entry *entry);
uint64_t rc_entries_size(const struct rc_entry *at, size_t count);

/* Return the bytes of their data alone: what flow control counts. */
uint64_t rc_entries_payload(const struct rc_entry *at, size_t count);

/* Return how many of the first entries take at most max bytes on the wire; at
 * least one, if there is one. */
size_t rc_entries_within(const struct rc_entry *at, size_t count, uint64_t max);

/* ---- Runs ----------------------------------------------------------------*/

/* Holds a reference to the data of each entry. */
struct rc_entry_block {
    size_t refcount;
    size_t used, room;
    struct rc_entry at[];
};

/* All zero: no entries. With a block: one reference to it. Without: lent by a
 * caller who keeps them for the duration of a call. */
struct rc_entries {
    struct rc_entry_block *block;
    struct rc_entry *at;
    size_t count;
};

/* For rc_entries_release(): free a block without references. */
void rc_entry_block_free(struct rc_entry_block *block);

/* Drop the reference and make *run empty. */
static inline void rc_entries_release(struct rc_entries *run)
{
    struct rc_entry_block *block = run->block;
    if (block && rc_refcount_drop(&block->refcount)) {
        rc_entry_block_free(block);
    }
    *run = (struct rc_entries){NULL, NULL, 0};
}

/* Return entries number from .. to - 1 of a run, as a run that the caller
 * releases. Lent entries are copied. */
struct rc_entries rc_entries_share(const struct rc_entries *run, size_t from,
                                   size_t to);

/* Add entries behind those of *run, sharing their data. In place if the run
 * ends where its block ends and there is room; else in a new block, and other
 * runs of the old one are not affected. */
void rc_entries_append(struct rc_entries *run, const struct rc_entry *at,
                       size_t count);

/* Remove the first count entries; keep only the first count. */
void rc_entries_drop_front(struct rc_entries *run, size_t count);
void rc_entries_cut(struct rc_entries *run, size_t count);

/* Return the entries of a and then of b, in a block of their own. */
struct rc_entries rc_entries_join(const struct rc_entries *a,
                                  const struct rc_entries *b);

#endif
