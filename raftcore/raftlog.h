/* raftlog.h - the log: what is saved, what is not yet, how far it is committed
 * and applied.
 * Layer: raftcore. Specification, section 4.4. */
#ifndef RAFTCORE_RAFTLOG_H
#define RAFTCORE_RAFTLOG_H

#include "raftcore/storage.h"
#include "raftcore/text.h"
#include "raftcore/unstable.h"

struct entry_id {
    uint64_t term, index;
};

/* applied <= applying <= committed <= the last index. */
struct raftlog {
    struct rc_storage storage;
    struct unstable unstable;
    uint64_t committed;
    uint64_t applying; /* handed out to be applied */
    uint64_t applied;
    const struct rc_logger *logger;

    /* The last entry as it was appended: most questions are about that one. Its
     * term is 0 if it is not known. */
    struct entry_id end;

    /* Bytes of what is handed out and not applied, their limit, and whether to
     * wait before more is handed out. */
    uint64_t applying_bytes, applying_bytes_max;
    bool applying_paused;
};

/* What a leader sends: entries and what is before them. */
struct log_slice {
    struct entry_id prev;
    const struct rc_entry *at;
    size_t count;
};
/* Are they entries of one log, of a leader of this term? */
bool log_slice_valid(const struct log_slice *slice, uint64_t term);

void raftlog_init(struct raftlog *log, struct rc_storage storage,
                  const struct rc_logger *logger, uint64_t applying_bytes_max);
void raftlog_release(struct raftlog *log);
void raftlog_text(const struct raftlog *log, struct rc_text *text);

uint64_t raftlog_first_index(const struct raftlog *log);

/* What is not saved goes on where the storage ends; so the storage need not be
 * asked. */
static inline uint64_t raftlog_last_index(const struct raftlog *log)
{
    return unstable_end(&log->unstable) - 1;
}
struct entry_id raftlog_last_entry_id(const struct raftlog *log);

/* RC_COMPACTED, RC_UNAVAILABLE: outside [first - 1, last]. */
enum rc_error raftlog_look_up_term(const struct raftlog *log, uint64_t index,
                                   uint64_t *term);
static inline enum rc_error raftlog_term(const struct raftlog *log,
                                         uint64_t index, uint64_t *term)
{
    if (index == log->end.index && log->end.term != 0 &&
        index == raftlog_last_index(log)) {
        *term = log->end.term;
        return RC_OK;
    }
    return raftlog_look_up_term(log, index, term);
}
bool raftlog_match_term(const struct raftlog *log, struct entry_id id);

/* Is a log with this last entry at least as good as this one (5.4.1)? */
bool raftlog_is_up_to_date(const struct raftlog *log, struct entry_id theirs);

/* The first of these entries that this log does not have; 0: has them all. */
uint64_t raftlog_find_conflict(const struct raftlog *log,
                               const struct rc_entry *at, size_t count);

/* The last entry up to this index whose term is not higher; its term is 0
 * where it is not known. */
struct entry_id raftlog_find_conflict_by_term(const struct raftlog *log,
                                              uint64_t index, uint64_t term);

/* Returns the last index. */
uint64_t raftlog_append(struct raftlog *log, const struct rc_entry *at,
                        size_t count);

/* As a follower does it (Figure 2, AppendEntries): false if the entry before
 * does not match; else *last_new is the index of the last of them. */
bool raftlog_maybe_append(struct raftlog *log, const struct log_slice *slice,
                          uint64_t leader_commit, uint64_t *last_new);

/* ---- Committing and applying ---------------------------------------------*/

void raftlog_commit_to(struct raftlog *log, uint64_t index);

/* If that entry is here and not committed. */
bool raftlog_maybe_commit(struct raftlog *log, struct entry_id at);

void raftlog_applied_to(struct raftlog *log, uint64_t index, uint64_t bytes);
void raftlog_accept_applying(struct raftlog *log, uint64_t index,
                             uint64_t bytes, bool allow_unstable);

/* What may be applied next: none while a snapshot waits to be. Held by the
 * caller. */
struct rc_entries raftlog_next_committed(const struct raftlog *log,
                                         bool allow_unstable);
bool raftlog_has_next_committed(const struct raftlog *log, bool allow_unstable);

/* ---- Reading -------------------------------------------------------------*/

/* Entries [lo, hi), or fewer: by bytes, but at least one. Held by the caller.
 * RC_COMPACTED, RC_UNAVAILABLE. */
enum rc_error raftlog_slice(const struct raftlog *log, uint64_t lo, uint64_t hi,
                            uint64_t max_bytes, struct rc_entries *entries);

/* From lo to the end. */
enum rc_error raftlog_entries(const struct raftlog *log, uint64_t lo,
                              uint64_t max_bytes, struct rc_entries *entries);

/* In pages of so many bytes, until found says so. Storage that answers with
 * nothing is told as RC_UNAVAILABLE. */
enum rc_error raftlog_scan(
    const struct raftlog *log, uint64_t lo, uint64_t hi, uint64_t page_bytes,
    bool (*found)(void *context, const struct rc_entries *page), void *context);

/* One holder more. */
enum rc_error raftlog_snapshot(const struct raftlog *log,
                               struct rc_snapshot **snapshot);

/* A snapshot in place of everything. It is applied when that is told. */
void raftlog_restore(struct raftlog *log, struct rc_snapshot *snapshot);

#endif
