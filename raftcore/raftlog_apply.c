/* raftlog_apply.c - the log: committing, applying and reading it.
 * Layer: raftcore. */
#include <inttypes.h>

#include "raftcore/fatal.h"
#include "raftcore/raftlog.h"

/* ---- Committing ----------------------------------------------------------*/

void raftlog_commit_to(struct raftlog *log, uint64_t index)
{
    if (index <= log->committed) {
        return;
    }
    uint64_t last = raftlog_last_index(log);
    if (index > last) {
        core_fatal("tocommit(%" PRIu64 ") is out of range [lastIndex(%" PRIu64
                   ")]. Was the raft log corrupted, truncated, or lost?",
                   index, last);
    }
    log->committed = index;
}

bool raftlog_maybe_commit(struct raftlog *log, struct entry_id at)
{
    /* An unknown term is 0, and no entry has that one. */
    if (at.term == 0 || at.index <= log->committed ||
        !raftlog_match_term(log, at)) {
        return false;
    }
    raftlog_commit_to(log, at.index);
    return true;
}

/* ---- Applying ------------------------------------------------------------*/

void raftlog_applied_to(struct raftlog *log, uint64_t index, uint64_t bytes)
{
    if (index > log->committed || index < log->applied) {
        core_fatal("applied(%" PRIu64 ") is out of range [prevApplied(%" PRIu64
                   "), committed(%" PRIu64 ")]",
                   index, log->applied, log->committed);
    }
    log->applied = index;
    if (log->applying < index) {
        log->applying = index;
    }
    log->applying_bytes =
        log->applying_bytes > bytes ? log->applying_bytes - bytes : 0;
    log->applying_paused = log->applying_bytes >= log->applying_bytes_max;
}

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
        core_fatal("applying(%" PRIu64
                   ") is out of range [prevApplying(%" PRIu64
                   "), committed(%" PRIu64 ")]",
                   index, log->applying, log->committed);
    }
    log->applying = index;
    log->applying_bytes += bytes;
    /* Also if the entry after index did not fit: else it would be handed out
     * at once, as the first of a batch of its own. */
    log->applying_paused = log->applying_bytes >= log->applying_bytes_max ||
                           index < max_appliable_index(log, allow_unstable);
}

/* A snapshot has to be applied first. */
static bool may_apply(const struct raftlog *log)
{
    return !log->applying_paused && !log->unstable.snapshot;
}

bool raftlog_has_next_committed(const struct raftlog *log, bool allow_unstable)
{
    return may_apply(log) &&
           log->applying < max_appliable_index(log, allow_unstable);
}

struct entries raftlog_next_committed(const struct raftlog *log,
                                      bool allow_unstable)
{
    struct entries entries = {NULL, NULL, 0};
    if (!raftlog_has_next_committed(log, allow_unstable)) {
        return entries;
    }
    uint64_t hi = max_appliable_index(log, allow_unstable) + 1;
    if (log->applying_bytes >= log->applying_bytes_max) {
        core_fatal("applying entry size (%" PRIu64 "-%" PRIu64 ")=%" PRId64
                   " not positive",
                   log->applying_bytes_max, log->applying_bytes,
                   (int64_t)(log->applying_bytes_max - log->applying_bytes));
    }
    enum core_error error =
        raftlog_slice(log, log->applying + 1, hi,
                      log->applying_bytes_max - log->applying_bytes, &entries);
    if (error != CORE_OK) {
        core_fatal("unexpected error when getting unapplied entries (%s)",
                   core_error_text(error));
    }
    return entries;
}

/* ---- Reading -------------------------------------------------------------*/

/* Whether what is before the unstable part is compacted the storage says. */
static enum core_error check_bounds(const struct raftlog *log, uint64_t lo,
                                    uint64_t hi)
{
    uint64_t last = raftlog_last_index(log);
    if (lo > hi) {
        core_fatal("invalid slice %" PRIu64 " > %" PRIu64, lo, hi);
    }
    if (log->unstable.snapshot && lo < log->unstable.offset) {
        return CORE_COMPACTED;
    }
    if (hi > last + 1) {
        uint64_t first = raftlog_first_index(log);
        if (lo < first) {
            return CORE_COMPACTED;
        }
        core_fatal("slice[%" PRIu64 ",%" PRIu64 ") out of bound [%" PRIu64
                   ",%" PRIu64 "]",
                   lo, hi, first, last);
    }
    return CORE_OK;
}

static enum core_error read_stable(const struct raftlog *log, uint64_t lo,
                                   uint64_t hi, uint64_t max_bytes,
                                   struct entries *entries)
{
    enum core_error error =
        log->storage.entries(log->storage.self, lo, hi, max_bytes, entries);
    if (error == CORE_UNAVAILABLE) {
        core_fatal("entries[%" PRIu64 ":%" PRIu64
                   ") is unavailable from storage",
                   lo, hi);
    }
    if (error != CORE_OK && error != CORE_COMPACTED) {
        core_fatal("unexpected error (%s)", core_error_text(error));
    }
    return error;
}

static struct entries read_unstable(const struct raftlog *log, uint64_t lo,
                                    uint64_t hi, uint64_t max_bytes)
{
    struct entries entries = unstable_slice(&log->unstable, lo, hi);
    entries_cut(&entries, entries_within(entries.at, entries.count, max_bytes));
    return entries;
}

/* Behind what the storage gave, if it was not cut short by its size. */
static void add_unstable(const struct raftlog *log, uint64_t hi,
                         uint64_t max_bytes, struct entries *entries)
{
    uint64_t size =
        max_bytes == NO_LIMIT ? 0 : entries_size(entries->at, entries->count);
    if (size >= max_bytes) {
        return;
    }
    struct entries more =
        read_unstable(log, log->unstable.offset, hi, max_bytes - size);
    if (more.count > 1 || max_bytes == NO_LIMIT ||
        size + entries_size(more.at, more.count) <= max_bytes) {
        struct entries all = entries_join(entries, &more);
        entries_release(entries);
        *entries = all;
    }
    entries_release(&more);
}

enum core_error raftlog_slice(const struct raftlog *log, uint64_t lo,
                              uint64_t hi, uint64_t max_bytes,
                              struct entries *entries)
{
    uint64_t offset = log->unstable.offset;
    *entries = (struct entries){NULL, NULL, 0};
    enum core_error error = check_bounds(log, lo, hi);
    if (error == CORE_OK && lo == hi && lo < raftlog_first_index(log)) {
        error = CORE_COMPACTED;
    }
    if (error != CORE_OK || lo == hi) {
        return error;
    }
    if (lo >= offset) {
        *entries = read_unstable(log, lo, hi, max_bytes);
        return CORE_OK;
    }
    uint64_t cut = hi < offset ? hi : offset;
    error = read_stable(log, lo, cut, max_bytes, entries);
    if (error == CORE_OK && hi > offset && entries->count == cut - lo) {
        add_unstable(log, hi, max_bytes, entries);
    }
    return error;
}

enum core_error raftlog_entries(const struct raftlog *log, uint64_t lo,
                                uint64_t max_bytes, struct entries *entries)
{
    uint64_t last = raftlog_last_index(log);
    *entries = (struct entries){NULL, NULL, 0};
    return lo > last ? CORE_OK
                     : raftlog_slice(log, lo, last + 1, max_bytes, entries);
}

enum core_error raftlog_scan(
    const struct raftlog *log, uint64_t lo, uint64_t hi, uint64_t page_bytes,
    bool (*found)(void *context, const struct entries *page), void *context)
{
    while (lo < hi) {
        struct entries page;
        enum core_error error = raftlog_slice(log, lo, hi, page_bytes, &page);
        if (error != CORE_OK) {
            return error;
        }
        size_t count = page.count;
        bool done = count > 0 && found(context, &page);
        entries_release(&page);
        if (count == 0) {
            return CORE_UNAVAILABLE;
        }
        if (done) {
            return CORE_OK;
        }
        lo += count;
    }
    return CORE_OK;
}
