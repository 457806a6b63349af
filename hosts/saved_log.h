/* saved_log.h - a log as a persister keeps it: encoded, so that a save costs
 * what is new.
 * Layer: hosts.
 *
 * Entries have core indexes, and some of them are commands of the lab, which
 * counts these alone. So each entry is kept with the number of commands up to
 * it: that is its lab index. */
#ifndef HOSTS_SAVED_LOG_H
#define HOSTS_SAVED_LOG_H

#include "base/record.h"
#include "persister/persister.h"

/* An entry; a command may be empty. */
RECORD(saved_entry, U64(term) BOOL(is_command) BYTES(command));

/* The log comes first: what is saved of it can stay. */
RECORD(saved_state, LIST(saved_entry, log) U64(term) U64(vote) U64(commit)
                        U64(base_index) U64(base_term) U64(base_lab_index));

struct saved_slot {
    size_t end; /* of its bytes */
    uint64_t lab_index;
};

struct saved_log {
    /* Of the last entry that a snapshot has replaced. */
    uint64_t base_index, base_term, base_lab_index;
    struct saved_slot *slots; /* from base_index + 1 on */
    size_t count, room;
    struct bytes bytes; /* framed as in a saved_state */
    size_t bytes_room;
    size_t saved; /* so many of the bytes are saved */
};
void saved_log_release(struct saved_log *log);

/* The entry behind index before_index, and none behind it. */
void saved_log_put(struct saved_log *log, uint64_t before_index,
                   const struct saved_entry *entry);

uint64_t saved_log_last(const struct saved_log *log);

/* How many commands there are up to an index; of the base and behind. */
uint64_t saved_log_lab_index(const struct saved_log *log, uint64_t index);

/* The entry with this command, which is behind the base. */
uint64_t saved_log_find(const struct saved_log *log, uint64_t lab_index);

/* A snapshot up to index replaces what is before; if that is beyond the end,
 * all. */
void saved_log_compact(struct saved_log *log, uint64_t index, uint64_t term,
                       uint64_t lab_index);

/* Save it, with what else is in state (whose log and base are not looked at).
 * A snapshot to be saved with it, or NULL: that is not touched. */
void saved_log_save(struct saved_log *log, struct persister *persister,
                    struct saved_state state, const struct bytes *snapshot);

#endif
