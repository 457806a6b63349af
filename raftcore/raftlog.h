/* raftlog.h - the log: the storage's part, the unstable part behind it, and how
 * far it is committed and applied.
 * Layer: raftcore; inner. docs/raftcore-spec.md §4.4; etcd: raftLog.
 *
 *          first          applied  applying  committed        last
 *            |               |         |         |              |
 *     [compacted][ storage's entries          ][ unstable entries ]
 *                                               ^ unstable.offset
 *
 * The storage may have entries from unstable.offset on, too: those the unstable
 * ones are to overwrite. */
#ifndef RAFTCORE_RAFTLOG_H
#define RAFTCORE_RAFTLOG_H

#include "raftcore/storage.h"
#include "raftcore/text.h"
#include "raftcore/unstable.h"

struct entry_id {
    uint64_t term, index;
};

/* applied <= applying <= committed <= last index. */
struct raftlog {
    struct rc_storage storage;
    struct unstable unstable;
    uint64_t committed;
    uint64_t applying; /* the last that was handed out to be applied */
    uint64_t applied;  /* the last that the application has applied */
    const struct rc_logger *logger;

    /* The last entry as it was appended, since most look-ups are of that one.
     * Its term is 0 if it is not known. */
    struct entry_id end;

    /* Bytes on the wire of entries that were handed out and are not applied,
     * their limit, and whether that pauses handing out. */
    uint64_t applying_bytes, applying_bytes_max;
    bool applying_paused;
};

/* Entries as a leader sends them, and the entry before them. */
struct log_slice {
    struct entry_id prev;
    const struct rc_entry *at;
    size_t count;
};
/* Return true if a leader of this term can have them in its log: consecutive
 * indexes, terms that do not fall, none higher than its own. */
bool log_slice_valid(const struct log_slice *slice, uint64_t term);

/* Open the log on a storage: all that it has is durable, nothing is known to be
 * committed behind its first entry. */
void raftlog_init(struct raftlog *log, struct rc_storage storage,
                  const struct rc_logger *logger, uint64_t applying_bytes_max);
void raftlog_release(struct raftlog *log);
void raftlog_text(const struct raftlog *log, struct rc_text *text);

uint64_t raftlog_first_index(const struct raftlog *log);

/* The unstable part begins where the storage's ends, or before: so the storage
 * need not be asked. */
static inline uint64_t raftlog_last_index(const struct raftlog *log)
{
    return unstable_end(&log->unstable) - 1;
}
struct entry_id raftlog_last_entry_id(const struct raftlog *log);

/* Look up a term. RC_COMPACTED, RC_UNAVAILABLE: index is outside
 * [first - 1, last]. raftlog_term() answers for the last entry by itself. */
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

/* Return true if a log with this last entry is at least as up-to-date as this
 * one (paper §5.4.1). */
bool raftlog_is_up_to_date(const struct raftlog *log, struct entry_id theirs);

/* Return the index of the first of these entries that this log does not have; 0
 * if it has all. */
uint64_t raftlog_find_conflict(const struct raftlog *log,
                               const struct rc_entry *at, size_t count);

/* Return the last entry up to index whose term is at most term; with term 0 if
 * that is not known (compacted, behind the end). replicate.c draws its use. */
struct entry_id raftlog_find_conflict_by_term(const struct raftlog *log,
                                              uint64_t index, uint64_t term);

/* Append consecutive entries, truncating the log before the first of them;
 * never committed ones. Returns the last index. */
uint64_t raftlog_append(struct raftlog *log, const struct rc_entry *at,
                        size_t count);

/* Append as a follower does (Figure 2, AppendEntries steps 2 to 5). False: the
 * entry before them does not match. Else *last_new is the index of the last. */
bool raftlog_maybe_append(struct raftlog *log, const struct log_slice *slice,
                          uint64_t leader_commit, uint64_t *last_new);

/* ---- Committing and applying ---------------------------------------------*/

/* Raise the commit index to index; one that is not higher changes nothing. */
void raftlog_commit_to(struct raftlog *log, uint64_t index);

/* Commit up to this entry if it is in the log; true: the commit index moved. */
bool raftlog_maybe_commit(struct raftlog *log, struct entry_id at);

/* Entries up to index, of bytes on the wire, were applied; or handed out. */
void raftlog_applied_to(struct raftlog *log, uint64_t index, uint64_t bytes);
void raftlog_accept_applying(struct raftlog *log, uint64_t index,
                             uint64_t bytes, bool allow_unstable);

/* Return the entries to be handed out next, for the caller to release:
 * committed ones behind applying, within the limit; durable ones unless
 * allow_unstable; none while a snapshot waits to be applied. */
struct rc_entries raftlog_next_committed(const struct raftlog *log,
                                         bool allow_unstable);
bool raftlog_has_next_committed(const struct raftlog *log, bool allow_unstable);

/* ---- Reading -------------------------------------------------------------*/

/* Return entries lo .. hi - 1, or as many of the first as take at most
 * max_bytes, at least one; the caller releases the run. RC_COMPACTED. */
enum rc_error raftlog_slice(const struct raftlog *log, uint64_t lo, uint64_t hi,
                            uint64_t max_bytes, struct rc_entries *entries);

/* The same, from lo to the end; none if lo is behind it. */
enum rc_error raftlog_entries(const struct raftlog *log, uint64_t lo,
                              uint64_t max_bytes, struct rc_entries *entries);

/* Read lo .. hi - 1 in pages of at most page_bytes, at least one entry each,
 * until found() returns true. RC_COMPACTED; RC_UNAVAILABLE: the storage
 * returned no entry. */
enum rc_error raftlog_scan(
    const struct raftlog *log, uint64_t lo, uint64_t hi, uint64_t page_bytes,
    bool (*found)(void *context, const struct rc_entries *page), void *context);

/* Return a reference to the newest snapshot, for the caller to drop, or an
 * error of the storage's. */
enum rc_error raftlog_snapshot(const struct raftlog *log,
                               struct rc_snapshot **snapshot);

/* Replace the log by a snapshot, which is shared. applied and applying follow
 * when it is acknowledged. */
void raftlog_restore(struct raftlog *log, struct rc_snapshot *snapshot);

#endif
