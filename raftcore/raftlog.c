/* raftlog.c - the log: looking up, committing and appending entries.
 * Layer: raftcore. docs/raftcore-spec.md §4.4; etcd's log.go. */
#include "raftcore/raftlog.h"

#include "base/assert.h"
#include "raftcore/fatal.h"
#include "raftcore/format.h"

void raftlog_init(struct raftlog *log, struct rc_storage storage,
                  const struct rc_logger *logger, uint64_t applying_bytes_max)
{
    uint64_t last = storage.last_index(storage.self);
    uint64_t first = storage.first_index(storage.self);
    LAB_ASSERT(first >= 1);
    LAB_ASSERT(last + 1 >= first);
    /* All that the storage has is durable, and all that it has compacted was
     * applied: entries are compacted only then. */
    *log = (struct raftlog){
        .storage = storage,
        .unstable = {.offset = last + 1,
                     .offset_in_progress = last + 1,
                     .logger = logger},
        .committed = first - 1,
        .applying = first - 1,
        .applied = first - 1,
        .logger = logger,
        .applying_bytes_max = applying_bytes_max,
    };
}

void raftlog_release(struct raftlog *log)
{
    unstable_release(&log->unstable);
}

void raftlog_text(const struct raftlog *log, struct rc_text *text)
{
    LAB_ASSERT(log->applied <= log->committed);
    rc_text_add(text,
                "committed=" D64 ", applied=" D64 ", applying=" D64
                ", unstable.offset=" D64 ", unstable.offsetInProgress=" D64
                ", len(unstable.Entries)=%zu",
                log->committed, log->applied, log->applying,
                log->unstable.offset, log->unstable.offset_in_progress,
                log->unstable.entries.count);
}

/* ---- Looking up ----------------------------------------------------------*/

uint64_t raftlog_first_index(const struct raftlog *log)
{
    uint64_t index;
    return unstable_maybe_first_index(&log->unstable, &index)
               ? index
               : log->storage.first_index(log->storage.self);
}

enum rc_error raftlog_look_up_term(const struct raftlog *log, uint64_t index,
                                   uint64_t *term)
{
    if (unstable_maybe_term(&log->unstable, index, term)) {
        return RC_OK;
    }
    /* The storage still has the log that the snapshot is to replace: its
     * entries count no longer. */
    if (log->unstable.snapshot && index < log->unstable.snapshot->index) {
        return RC_COMPACTED;
    }
    if (index > raftlog_last_index(log)) {
        return RC_UNAVAILABLE;
    }
    enum rc_error error = log->storage.term(log->storage.self, index, term);
    if (error != RC_OK && error != RC_COMPACTED && error != RC_UNAVAILABLE) {
        rc_fatal("unexpected error (%s)", rc_error_text(error));
    }
    return error;
}

struct entry_id raftlog_last_entry_id(const struct raftlog *log)
{
    struct entry_id id = {.index = raftlog_last_index(log)};
    /* The storage keeps the term of its last compacted entry, so the last index
     * has one even in a log without entries. */
    enum rc_error error = raftlog_term(log, id.index, &id.term);
    if (error != RC_OK) {
        rc_fatal("unexpected error when getting the last term at " D64 ": %s",
                 id.index, rc_error_text(error));
    }
    return id;
}

bool raftlog_match_term(const struct raftlog *log, struct entry_id id)
{
    uint64_t term;
    return raftlog_term(log, id.index, &term) == RC_OK && term == id.term;
}

bool raftlog_is_up_to_date(const struct raftlog *log, struct entry_id theirs)
{
    /* Paper §5.4.1: a higher term wins, whatever the lengths: it may have
     * committed entries that a longer log of a lower term lacks. */
    struct entry_id ours = raftlog_last_entry_id(log);
    return theirs.term > ours.term ||
           (theirs.term == ours.term && theirs.index >= ours.index);
}

uint64_t raftlog_find_conflict(const struct raftlog *log,
                               const struct rc_entry *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct entry_id id = {at[i].term, at[i].index};
        if (raftlog_match_term(log, id)) {
            continue;
        }
        /* Behind the end it is no conflict, only new. */
        if (id.index <= raftlog_last_index(log)) {
            uint64_t own_term = 0; /* shown if it is compacted */
            (void)raftlog_term(log, id.index, &own_term);
            rc_log(log->logger, RC_LOG_INFO,
                   "found conflict at index " D64 " [existing term: " D64
                   ", conflicting term: " D64 "]",
                   id.index, own_term, id.term);
        }
        return id.index;
    }
    return 0;
}

struct entry_id raftlog_find_conflict_by_term(const struct raftlog *log,
                                              uint64_t index, uint64_t term)
{
    for (; index > 0; index--) {
        uint64_t own_term;
        /* Compacted: it may match, and if not, a snapshot will be needed. */
        if (raftlog_term(log, index, &own_term) != RC_OK) {
            return (struct entry_id){0, index};
        }
        if (own_term <= term) {
            return (struct entry_id){own_term, index};
        }
    }
    return (struct entry_id){0, 0};
}

/* ---- Committing ----------------------------------------------------------*/

void raftlog_commit_to(struct raftlog *log, uint64_t index)
{
    if (index <= log->committed) {
        return; /* the commit index never falls */
    }
    uint64_t last = raftlog_last_index(log);
    if (index > last) {
        rc_fatal("tocommit(" D64 ") is out of range [lastIndex(" D64
                 ")]. Was the raft log corrupted, truncated, or lost?",
                 index, last);
    }
    log->committed = index;
}

bool raftlog_maybe_commit(struct raftlog *log, struct entry_id at)
{
    /* An unknown term is 0, and no entry has that one: index 0, the end of an
     * empty log, must not match. */
    if (at.term == 0 || at.index <= log->committed ||
        !raftlog_match_term(log, at)) {
        return false;
    }
    raftlog_commit_to(log, at.index);
    return true;
}

/* ---- Appending -----------------------------------------------------------*/

bool log_slice_valid(const struct log_slice *slice, uint64_t term)
{
    struct entry_id prev = slice->prev;
    for (size_t i = 0; i < slice->count; i++) {
        const struct rc_entry *entry = &slice->at[i];
        if (prev.index == UINT64_MAX || entry->index != prev.index + 1 ||
            entry->term < prev.term) {
            return false;
        }
        prev = (struct entry_id){entry->term, entry->index};
    }
    return prev.term <= term;
}

uint64_t raftlog_append(struct raftlog *log, const struct rc_entry *at,
                        size_t count)
{
    if (count == 0) {
        return raftlog_last_index(log);
    }
    /* Committed entries are never overwritten (Figure 3, State Machine Safety);
     * a leader that asks for it is in another cluster, or lost its log. */
    if (at[0].index - 1 < log->committed) {
        rc_fatal("after(" D64 ") is out of range [committed(" D64 ")]",
                 at[0].index - 1, log->committed);
    }
    unstable_truncate_and_append(&log->unstable, at, count);
    log->end = (struct entry_id){at[count - 1].term, at[count - 1].index};
    return at[count - 1].index;
}

bool raftlog_maybe_append(struct raftlog *log, const struct log_slice *slice,
                          uint64_t leader_commit, uint64_t *last_new)
{
    if (!raftlog_match_term(log, slice->prev)) {
        return false;
    }
    /* Not the end of the log: entries behind the last new one were not
     * compared, and may be in conflict with the leader's. */
    *last_new = slice->prev.index + slice->count;
    uint64_t conflict = raftlog_find_conflict(log, slice->at, slice->count);
    if (conflict != 0) {
        if (conflict <= log->committed) {
            rc_fatal("entry " D64
                     " conflict with committed entry [committed(" D64 ")]",
                     conflict, log->committed);
        }
        /* Figure 2, AppendEntries steps 3 and 4. Without a conflict nothing is
         * removed: the message may be an old one, and this log longer. */
        size_t known = (size_t)(conflict - slice->prev.index - 1);
        LAB_ASSERT(known < slice->count);
        raftlog_append(log, slice->at + known, slice->count - known);
    }
    /* Step 5. */
    raftlog_commit_to(log,
                      leader_commit < *last_new ? leader_commit : *last_new);
    return true;
}

void raftlog_restore(struct raftlog *log, struct rc_snapshot *snapshot)
{
    if (rc_log_wanted(log->logger, RC_LOG_INFO)) {
        struct rc_text text = {NULL, 0, 0};
        raftlog_text(log, &text);
        rc_log(log->logger, RC_LOG_INFO,
               "log [%s] starts to restore snapshot [index: " D64 ", term: " D64
               "]",
               rc_text_of(&text), snapshot->index, snapshot->term);
        rc_text_release(&text);
    }
    LAB_ASSERT(snapshot->index > log->committed);
    /* applied and applying follow when the snapshot is acknowledged. */
    log->committed = snapshot->index;
    unstable_restore(&log->unstable, snapshot);
    log->end = (struct entry_id){snapshot->term, snapshot->index};
    LAB_ASSERT(raftlog_last_index(log) == log->committed);
}

enum rc_error raftlog_snapshot(const struct raftlog *log,
                               struct rc_snapshot **snapshot)
{
    /* The newest, though the storage does not have it yet. */
    if (log->unstable.snapshot) {
        *snapshot = rc_snapshot_share(log->unstable.snapshot);
        return RC_OK;
    }
    enum rc_error error = log->storage.snapshot(log->storage.self, snapshot);
    LAB_ASSERT(error != RC_OK || *snapshot);
    return error;
}
