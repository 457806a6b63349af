/* log.h - the log of one server, from the end of its snapshot on.
 * Layer: raft. Guarded by the lock of the server that owns it (raft.h).
 * Paper: §5.3, §7.
 *
 * Indexes are the paper's: the first entry ever has index 1. Entries up to
 * last_included_index are gone, replaced by the snapshot; of the last one of
 * them the term is kept, so that a log can be compared from there on. Before
 * the first snapshot that is index 0 with term 0, an entry that every log
 * can be said to begin with.
 *
 * Entries are kept in wire form only, framed as elements of the list `log` of
 * struct saved, one after the other. So a save copies them with one memcpy
 * however many there are, and so does a message. */
#ifndef RAFT_LOG_H
#define RAFT_LOG_H

#include "raft/messages.h"

struct log_slot {
    uint64_t term;
    size_t end;           /* offset of the byte after the entry, in bytes */
    size_t command_bytes; /* the command is the end of the entry */
};

struct log {
    uint64_t last_included_index, last_included_term; /* Figure 13 */
    struct log_slot *slots; /* of entry last_included_index + 1 and on */
    size_t count, slots_max;
    uint8_t *bytes; /* the entries */
    size_t bytes_count, bytes_max;
    size_t saved_bytes; /* of these, the first are saved already: persist.c */
};

/* A log whose entries are zero so far is ready for use, and empty. */
void log_release(struct log *log);

uint64_t log_last_index(const struct log *log);
uint64_t log_last_term(const struct log *log);

/* The term of an entry from last_included_index to the last. */
uint64_t log_term(const struct log *log, uint64_t index);

/* Is there an entry with this index and term (or was there one, as the last
 * of the snapshot)? Any index. */
bool log_has(const struct log *log, uint64_t index, uint64_t term);

/* The command of an entry after last_included_index; valid until the log is
 * changed. */
struct bytes log_command(const struct log *log, uint64_t index);

/* Add an entry at the end; the command is copied. Terms never go down. */
void log_append(struct log *log, uint64_t term, struct bytes command);

/* Cut off what comes after index (from last_included_index to the last). */
void log_cut_after(struct log *log, uint64_t index);

/* A snapshot covers everything up to and including index, whose entry has
 * this term. An index from last_included_index on. What follows is kept if
 * the log has that very entry, else all of it goes (Figure 13, steps 6, 7). */
void log_compact(struct log *log, uint64_t index, uint64_t term);

/* Copy the entries from an index (after last_included_index) to the last into
 * one block, to be freed with free(); NULL if there are none. */
struct entry *log_copy_from(const struct log *log, uint64_t from,
                            size_t *count);

#endif
