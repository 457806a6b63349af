/* entry.h - entries of a log, and runs of them that several hold.
 * Layer: raftcore. Specification, sections 1.1, 1.3. */
#ifndef RAFTCORE_ENTRY_H
#define RAFTCORE_ENTRY_H

#include "raftcore/payload.h"

#define RC_NO_LIMIT UINT64_MAX

enum rc_entry_type {
    RC_ENTRY_NORMAL,
    RC_ENTRY_CONF_CHANGE,
    RC_ENTRY_CONF_CHANGE_V2
};

/* For any number; of a type that is not known: "unknown". */
const char *rc_entry_type_name(enum rc_entry_type type);

/* An entry that was handed out never changes. */
struct rc_entry {
    uint64_t term, index;
    struct rc_payload *data; /* NULL: none */
    enum rc_entry_type type;
};

/* Bytes of the wire form of an entry's body, with all of its numbers. */
uint64_t rc_entry_size(const struct rc_entry *entry);

/* Of several; and the bytes of their data alone. */
uint64_t rc_entries_size(const struct rc_entry *at, size_t count);
uint64_t rc_entries_payload(const struct rc_entry *at, size_t count);

/* How many of the first take no more than max bytes on the wire; at least one
 * if there is one. */
size_t rc_entries_within(const struct rc_entry *at, size_t count, uint64_t max);

/* ---- Runs ----------------------------------------------------------------
 * A run is a part of a block, as a slice is a part of an array in Go. Blocks
 * live as long as a run of them is held, and hold the data of their entries.
 * Whoever made a block may add behind its last entry while others hold runs of
 * what is before; nobody else may. */

struct rc_entry_block {
    size_t refcount;
    size_t used, room;
    struct rc_entry at[];
};

/* All zero: no entries. Without a block: lent by somebody who keeps them. */
struct rc_entries {
    struct rc_entry_block *block;
    struct rc_entry *at;
    size_t count;
};

void rc_entry_block_free(struct rc_entry_block *block); /* of nobody's */

/* No longer held: becomes empty. */
static inline void rc_entries_release(struct rc_entries *run)
{
    struct rc_entry_block *block = run->block;
    if (block && rc_refcount_drop(&block->refcount)) {
        rc_entry_block_free(block);
    }
    *run = (struct rc_entries){NULL, NULL, 0};
}

/* The part [from, to) of a run, held by the caller. What was lent is copied. */
struct rc_entries rc_entries_share(const struct rc_entries *run, size_t from,
                                   size_t to);

/* Behind the others; shares their data. In place if the run ends where its
 * block ends and there is room; else in a new block, and others who hold the
 * old one keep what they have. */
void rc_entries_append(struct rc_entries *run, const struct rc_entry *at,
                       size_t count);

/* Without its first ones; with the first ones only. */
void rc_entries_drop_front(struct rc_entries *run, size_t count);
void rc_entries_cut(struct rc_entries *run, size_t count);

/* One run behind the other, in a block of its own. */
struct rc_entries rc_entries_join(const struct rc_entries *a,
                                  const struct rc_entries *b);

#endif
