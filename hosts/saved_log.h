/* saved_log.h - the log as a persister keeps it: encoded, so that a save costs
 * what is new.
 * Layer: hosts. One thread at a time.
 *
 * Entries have core indexes. Some are commands of the lab, which counts only
 * these: the lab index of an entry is the number of commands up to it. */
#ifndef HOSTS_SAVED_LOG_H
#define HOSTS_SAVED_LOG_H

#include "base/record.h"
#include "persister/persister.h"

/* An entry; a command may be empty. */
RECORD(saved_entry, U64(term) BOOL(is_command) BYTES(command));

/* The log is the first field: the persister can keep its saved bytes. */
RECORD(saved_state, LIST(saved_entry, log) U64(term) U64(vote) U64(commit)
                        U64(base_index) U64(base_term) U64(base_lab_index));

struct saved_slot {
    size_t end; /* of its bytes */
    uint64_t lab_index;
};

/* All zero: empty. */
struct saved_log {
    /* The last entry that a snapshot has replaced. */
    uint64_t base_index, base_term, base_lab_index;
    struct saved_slot *slots; /* from base_index + 1 on */
    size_t count, room;
    struct bytes bytes; /* framed as in a saved_state */
    size_t bytes_room;
    size_t saved; /* the persister has this many of the bytes */
};
void saved_log_release(struct saved_log *log);

/* Put an entry behind index before_index, and remove all behind it. */
void saved_log_put(struct saved_log *log, uint64_t before_index,
                   const struct saved_entry *entry);

uint64_t saved_log_last(const struct saved_log *log);

/* Return the lab index of an entry, from the base on. */
uint64_t saved_log_lab_index(const struct saved_log *log, uint64_t index);

/* Return the index of the command with this lab index, which is behind the
 * base. */
uint64_t saved_log_find(const struct saved_log *log, uint64_t lab_index);

/* A snapshot up to index replaces the entries up to it: all, if the log is
 * shorter. */
void saved_log_compact(struct saved_log *log, uint64_t index, uint64_t term,
                       uint64_t lab_index);

/* Save the log with the other fields of state (its log and base are ignored),
 * and with a snapshot; NULL: the saved snapshot stays. */
void saved_log_save(struct saved_log *log, struct persister *persister,
                    struct saved_state state, const struct bytes *snapshot);

#endif
