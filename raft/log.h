/* log.h - the log of one server, from the end of its snapshot on.
 * Layer: raft. Guarded by the lock of the server that owns it (raft.h).
 * Paper: §5.3, §7.
 *
 * Indexes are the paper's: the first entry ever has index 1. The snapshot
 * replaces the entries up to last_included_index, which are discarded; the
 * term of the last of them is kept, so that the consistency check of
 * AppendEntries works there too (§7). Before the first snapshot that is index
 * 0 with term 0, an entry that every log can be said to begin with.
 *
 *     index      1     2     3     4     5          last_included_index 3
 *     term       1     1     2     2     3          last_included_term  2
 *             |--- snapshot ---|-- slots --|        count               2
 *
 * Entries are kept in wire form only, one after the other, framed as elements
 * of the list `log` of struct saved. So a save or a message copies any number
 * of them with one memcpy. */
#ifndef RAFT_LOG_H
#define RAFT_LOG_H

#include "raft/messages.h"

struct log_slot {
    uint64_t term;
    size_t end;           /* offset of the byte after the entry, in bytes */
    size_t command_bytes; /* size of the command, which ends the entry */
};

struct log {
    uint64_t last_included_index, last_included_term; /* Figure 13 */
    struct log_slot *slots; /* of entry last_included_index + 1 and on */
    size_t count, slots_max;
    uint8_t *bytes; /* the entries */
    size_t bytes_count, bytes_max;
    size_t saved_bytes; /* how many of them are saved already: persist.c */
};

/* A zeroed log is empty and ready for use. */
void log_release(struct log *log);

uint64_t log_last_index(const struct log *log);
uint64_t log_last_term(const struct log *log);

/* Return the term of an entry, from last_included_index to the last. */
uint64_t log_term(const struct log *log, uint64_t index);

/* Does the log hold an entry with this index and term? True for the last
 * entry of the snapshot too. Any index. */
bool log_has(const struct log *log, uint64_t index, uint64_t term);

/* Return the command of an entry after last_included_index; borrowed until
 * the log changes. */
struct bytes log_command(const struct log *log, uint64_t index);

/* Append an entry; copies the command. Terms never decrease along a log. */
void log_append(struct log *log, uint64_t term, struct bytes command);

/* Delete the entries after index (from last_included_index to the last). */
void log_truncate_after(struct log *log, uint64_t index);

/* Discard what a snapshot covers: everything up to and including index, from
 * last_included_index on, whose entry has this term. Keep the entries after
 * it if the log holds that very entry, else discard the entire log (Figure
 * 13, steps 6 and 7). */
void log_compact(struct log *log, uint64_t index, uint64_t term);

/* Copy the entries from an index (after last_included_index, at most one
 * after the last) to the last into one block, the caller's to free(); NULL
 * and *count 0 if there are none. */
struct entry *log_copy_from(const struct log *log, uint64_t from,
                            size_t *count);

#endif
