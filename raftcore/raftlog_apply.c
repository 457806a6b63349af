/* raftlog_apply.c - the log: applying and reading entries.
 * Layer: raftcore. docs/raftcore-spec.md §4.4; etcd's log.go. */
#include "base/assert.h"
#include "raftcore/fatal.h"
#include "raftcore/format.h"
#include "raftcore/raftlog.h"

/* ---- Applying ------------------------------------------------------------*/

/* How much is handed out is paced by bytes: accept_applying() counts a batch,
 * this takes it off again. While the limit is reached nothing more is handed
 * out, so that an application which is slow to apply does not collect the log
 * in memory. Only a
 * batch of one entry may exceed it. */
void raftlog_applied_to(struct raftlog *log, uint64_t index, uint64_t bytes)
{
    if (index > log->committed || index < log->applied) {
        rc_fatal("applied(" D64 ") is out of range [prevApplied(" D64
                 "), committed(" D64 ")]",
                 index, log->applied, log->committed);
    }
    log->applied = index;
    if (log->applying < index) { /* by a snapshot, which was not handed out */
        log->applying = index;
    }
    log->applying_bytes =
        log->applying_bytes > bytes ? log->applying_bytes - bytes : 0;
    log->applying_paused = log->applying_bytes >= log->applying_bytes_max;
}

/* With synchronous writes an entry may be handed out to be applied together
 * with being handed out to be written: the application does the one after the
 * other. With asynchronous writes it has to be durable first, as nothing orders
 * the two threads; a node must not apply what a crash may take from its log. */
static uint64_t max_appliable_index(const struct raftlog *log,
                                    bool allow_unstable)
{
    uint64_t stable = log->unstable.offset - 1;
    return allow_unstable || log->committed < stable ? log->committed : stable;
}

void raftlog_accept_applying(struct raftlog *log, uint64_t index,
                             uint64_t bytes, bool allow_unstable)
{
    if (index > log->committed) {
        rc_fatal("applying(" D64 ") is out of range [prevApplying(" D64
                 "), committed(" D64 ")]",
                 index, log->applying, log->committed);
    }
    LAB_ASSERT(index >= log->applying);
    log->applying = index;
    log->applying_bytes += bytes;
    /* Pause also if the entry after index did not fit: else it would be handed
     * out at once as the first of a batch of its own, and the limit would be
     * exceeded by an entry. */
    log->applying_paused = log->applying_bytes >= log->applying_bytes_max ||
                           index < max_appliable_index(log, allow_unstable);
}

/* A snapshot has to be applied before entries that follow it. */
static bool may_apply(const struct raftlog *log)
{
    return !log->applying_paused && !log->unstable.snapshot;
}

bool raftlog_has_next_committed(const struct raftlog *log, bool allow_unstable)
{
    return may_apply(log) &&
           log->applying < max_appliable_index(log, allow_unstable);
}

struct rc_entries raftlog_next_committed(const struct raftlog *log,
                                         bool allow_unstable)
{
    struct rc_entries entries = {NULL, NULL, 0};
    if (!raftlog_has_next_committed(log, allow_unstable)) {
        return entries;
    }
    uint64_t hi = max_appliable_index(log, allow_unstable) + 1;
    if (log->applying_bytes >= log->applying_bytes_max) {
        rc_fatal("applying entry size (" D64 "-" D64 ")=%" PRId64
                 " not positive",
                 log->applying_bytes_max, log->applying_bytes,
                 (int64_t)(log->applying_bytes_max - log->applying_bytes));
    }
    enum rc_error error =
        raftlog_slice(log, log->applying + 1, hi,
                      log->applying_bytes_max - log->applying_bytes, &entries);
    if (error != RC_OK) {
        rc_fatal("unexpected error when getting unapplied entries (%s)",
                 rc_error_text(error));
    }
    return entries;
}

/* ---- Reading -------------------------------------------------------------*/

/* Check [lo, hi) against the log, fatally if it is behind its end. Whether lo
 * is compacted the storage will say when it is asked for entries: asking it
 * here for its first index would cost a call more for each message. */
static enum rc_error check_bounds(const struct raftlog *log, uint64_t lo,
                                  uint64_t hi)
{
    uint64_t last = raftlog_last_index(log);
    if (lo > hi) {
        rc_fatal("invalid slice " D64 " > " D64, lo, hi);
    }
    if (log->unstable.snapshot && lo < log->unstable.offset) {
        return RC_COMPACTED;
    }
    if (hi > last + 1) {
        uint64_t first = raftlog_first_index(log);
        if (lo < first) {
            return RC_COMPACTED;
        }
        rc_fatal("slice[" D64 "," D64 ") out of bound [" D64 "," D64 "]", lo,
                 hi, first, last);
    }
    return RC_OK;
}

static enum rc_error read_stable(const struct raftlog *log, uint64_t lo,
                                 uint64_t hi, uint64_t max_bytes,
                                 struct rc_entries *entries)
{
    enum rc_error error =
        log->storage.entries(log->storage.self, lo, hi, max_bytes, entries);
    if (error == RC_UNAVAILABLE) {
        rc_fatal("entries[" D64 ":" D64 ") is unavailable from storage", lo,
                 hi);
    }
    if (error != RC_OK && error != RC_COMPACTED) {
        rc_fatal("unexpected error (%s)", rc_error_text(error));
    }
    return error;
}

static struct rc_entries read_unstable(const struct raftlog *log, uint64_t lo,
                                       uint64_t hi, uint64_t max_bytes)
{
    struct rc_entries entries = unstable_slice(&log->unstable, lo, hi);
    rc_entries_cut(&entries,
                   rc_entries_within(entries.at, entries.count, max_bytes));
    return entries;
}

/* Add unstable entries behind what the storage returned, within the limit. One
 * entry that exceeds it is taken only as the first of all. */
static void add_unstable(const struct raftlog *log, uint64_t hi,
                         uint64_t max_bytes, struct rc_entries *entries)
{
    LAB_ASSERT(hi > log->unstable.offset);
    uint64_t size = max_bytes == RC_NO_LIMIT
                        ? 0
                        : rc_entries_size(entries->at, entries->count);
    if (size >= max_bytes) {
        return;
    }
    struct rc_entries more =
        read_unstable(log, log->unstable.offset, hi, max_bytes - size);
    if (more.count > 1 || max_bytes == RC_NO_LIMIT ||
        size + rc_entries_size(more.at, more.count) <= max_bytes) {
        struct rc_entries all = rc_entries_join(entries, &more);
        rc_entries_release(entries);
        *entries = all;
    }
    rc_entries_release(&more);
}

enum rc_error raftlog_slice(const struct raftlog *log, uint64_t lo, uint64_t hi,
                            uint64_t max_bytes, struct rc_entries *entries)
{
    uint64_t offset = log->unstable.offset;
    *entries = (struct rc_entries){NULL, NULL, 0};
    enum rc_error error = check_bounds(log, lo, hi);
    if (error == RC_OK && lo == hi && lo < raftlog_first_index(log)) {
        error = RC_COMPACTED;
    }
    if (error != RC_OK || lo == hi) {
        return error;
    }
    if (lo >= offset) {
        *entries = read_unstable(log, lo, hi, max_bytes);
        return RC_OK;
    }
    uint64_t cut = hi < offset ? hi : offset;
    error = read_stable(log, lo, cut, max_bytes, entries);
    /* Fewer than asked for: the limit was reached in the storage's part. */
    if (error == RC_OK && hi > offset && entries->count == cut - lo) {
        add_unstable(log, hi, max_bytes, entries);
    }
    return error;
}

enum rc_error raftlog_entries(const struct raftlog *log, uint64_t lo,
                              uint64_t max_bytes, struct rc_entries *entries)
{
    uint64_t last = raftlog_last_index(log);
    *entries = (struct rc_entries){NULL, NULL, 0};
    return lo > last ? RC_OK
                     : raftlog_slice(log, lo, last + 1, max_bytes, entries);
}

enum rc_error raftlog_scan(
    const struct raftlog *log, uint64_t lo, uint64_t hi, uint64_t page_bytes,
    bool (*found)(void *context, const struct rc_entries *page), void *context)
{
    while (lo < hi) {
        struct rc_entries page;
        enum rc_error error = raftlog_slice(log, lo, hi, page_bytes, &page);
        if (error != RC_OK) {
            return error;
        }
        size_t count = page.count;
        bool done = count > 0 && found(context, &page);
        rc_entries_release(&page);
        if (count == 0) { /* a storage that breaks its contract: no progress */
            return RC_UNAVAILABLE;
        }
        if (done) {
            return RC_OK;
        }
        LAB_ASSERT(count <= hi - lo);
        lo += count;
    }
    return RC_OK;
}
