/* entry.h - entries of a log, and runs of them that several hold.
 * Layer: raftcore. Specification, sections 1.1, 1.3. */
#ifndef RAFTCORE_ENTRY_H
#define RAFTCORE_ENTRY_H

#include "raftcore/payload.h"

#define NO_LIMIT UINT64_MAX

enum entry_type { ENTRY_NORMAL, ENTRY_CONF_CHANGE, ENTRY_CONF_CHANGE_V2 };

/* For any number; of a type that is not known: "unknown". */
const char *entry_type_name(enum entry_type type);

/* An entry that was handed out never changes. */
struct entry {
    uint64_t term, index;
    struct payload *data; /* NULL: none */
    enum entry_type type;
};

/* Bytes of the wire form of an entry's body, with all of its numbers. */
uint64_t entry_size(const struct entry *entry);

/* Of several; and the bytes of their data alone. */
uint64_t entries_size(const struct entry *at, size_t count);
uint64_t entries_payload(const struct entry *at, size_t count);

/* How many of the first take no more than max bytes on the wire; at least one
 * if there is one. */
size_t entries_within(const struct entry *at, size_t count, uint64_t max);

/* ---- Runs ----------------------------------------------------------------
 * A run is a part of a block, as a slice is a part of an array in Go. Blocks
 * live as long as a run of them is held, and hold the data of their entries.
 * Whoever made a block may add behind its last entry while others hold runs of
 * what is before; nobody else may. */

struct entry_block {
    atomic_size_t holders;
    size_t used, room;
    struct entry at[];
};

/* All zero: no entries. Without a block: lent by somebody who keeps them. */
struct entries {
    struct entry_block *block;
    struct entry *at;
    size_t count;
};

void entry_block_free(struct entry_block *block); /* of nobody's */

/* No longer held: becomes empty. */
static inline void entries_release(struct entries *run)
{
    struct entry_block *block = run->block;
    if (block && holders_drop(&block->holders)) {
        entry_block_free(block);
    }
    *run = (struct entries){NULL, NULL, 0};
}

/* The part [from, to) of a run, held by the caller. What was lent is copied. */
struct entries entries_share(const struct entries *run, size_t from, size_t to);

/* Behind the others; shares their data. In place if the run ends where its
 * block ends and there is room; else in a new block, and others who hold the
 * old one keep what they have. */
void entries_append(struct entries *run, const struct entry *at, size_t count);

/* Without its first ones; with the first ones only. */
void entries_drop_front(struct entries *run, size_t count);
void entries_cut(struct entries *run, size_t count);

/* One run behind the other, in a block of its own. */
struct entries entries_join(const struct entries *a, const struct entries *b);

#endif
