/* log.c - the log of one server, in wire form with an index of its entries.
 * Layer: raft. Needs the lock of the log's server. Paper: §5.3, §7. */
#include "raft/log.h"

#include <stdlib.h>
#include <string.h>

void log_release(struct log *log)
{
    free(log->slots);
    free(log->bytes);
    *log = (struct log){0};
}

uint64_t log_last_index(const struct log *log)
{
    return log->last_included_index + log->count;
}

uint64_t log_last_term(const struct log *log)
{
    return log_term(log, log_last_index(log));
}

/* Return the slot of an entry after last_included_index. */
static const struct log_slot *slot(const struct log *log, uint64_t index)
{
    LAB_ASSERT(index > log->last_included_index);
    LAB_ASSERT(index <= log_last_index(log));
    return &log->slots[index - log->last_included_index - 1];
}

/* Return the offset at which the entries up to this index end, in bytes. */
static size_t end_of(const struct log *log, uint64_t index)
{
    if (index == log->last_included_index) {
        return 0;
    }
    return slot(log, index)->end;
}

uint64_t log_term(const struct log *log, uint64_t index)
{
    if (index == log->last_included_index) {
        return log->last_included_term;
    }
    return slot(log, index)->term;
}

bool log_has(const struct log *log, uint64_t index, uint64_t term)
{
    return index >= log->last_included_index && index <= log_last_index(log) &&
           log_term(log, index) == term;
}

struct bytes log_command(const struct log *log, uint64_t index)
{
    const struct log_slot *at = slot(log, index);

    return bytes_of(log->bytes + at->end - at->command_bytes,
                    at->command_bytes);
}

/* Make room for one more slot and this many more bytes. Doubles, so that n
 * appends copy O(n) bytes. */
static void make_room(struct log *log, size_t more_bytes)
{
    if (log->count == log->slots_max) {
        log->slots_max = log->slots_max ? 2 * log->slots_max : 64;
        log->slots =
            lab_xrealloc(log->slots, log->slots_max * sizeof(log->slots[0]));
    }
    size_t needed = log->bytes_count + more_bytes;
    if (needed > log->bytes_max) {
        log->bytes_max =
            needed > 2 * log->bytes_max ? needed : 2 * log->bytes_max;
        log->bytes = lab_xrealloc(log->bytes, log->bytes_max);
    }
}

void log_append(struct log *log, uint64_t term, struct bytes command)
{
    LAB_ASSERT(term > 0);
    LAB_ASSERT(term >= log_last_term(log));

    /* Frame the entry as an element of the list: fields that are zero are not
     * encoded, so a saved state with one entry and nothing else is that. */
    struct entry entry = {.term = term, .command = command};
    struct saved one = {.log = &entry, .log_count = 1};
    struct bytes framed = PACK(saved, &one);
    LAB_ASSERT(framed.size > command.size);

    make_room(log, framed.size);
    memcpy(log->bytes + log->bytes_count, framed.data, framed.size);
    log->bytes_count += framed.size;
    log->slots[log->count++] = (struct log_slot){
        .term = term,
        .end = log->bytes_count,
        .command_bytes = command.size,
    };
    bytes_free(&framed);
}

void log_truncate_after(struct log *log, uint64_t index)
{
    LAB_ASSERT(index >= log->last_included_index);
    LAB_ASSERT(index <= log_last_index(log));

    log->bytes_count = end_of(log, index);
    if (log->saved_bytes > log->bytes_count) {
        log->saved_bytes = log->bytes_count;
    }
    log->count = (size_t)(index - log->last_included_index);
}

/* Discard the entries up to and including index; move the rest to the front. */
static void discard_up_to(struct log *log, uint64_t index)
{
    size_t gone = (size_t)(index - log->last_included_index);
    size_t gone_bytes = end_of(log, index);

    LAB_ASSERT(gone <= log->count);
    LAB_ASSERT(gone_bytes <= log->bytes_count);
    if (gone == 0) {
        return;
    }
    log->count -= gone;
    log->bytes_count -= gone_bytes;
    log->saved_bytes = 0;
    memmove(log->slots, log->slots + gone, log->count * sizeof(log->slots[0]));
    memmove(log->bytes, log->bytes + gone_bytes, log->bytes_count);
    for (size_t i = 0; i < log->count; i++) {
        log->slots[i].end -= gone_bytes;
    }
}

void log_compact(struct log *log, uint64_t index, uint64_t term)
{
    LAB_ASSERT(index >= log->last_included_index);
    LAB_ASSERT(term >= log->last_included_term);

    /* Figure 13, step 6: the entries after it follow what the snapshot covers
     * (Log Matching). Step 7: else they are not the leader's. */
    if (log_has(log, index, term)) {
        discard_up_to(log, index);
    } else {
        log_truncate_after(log, log->last_included_index);
    }
    log->last_included_index = index;
    log->last_included_term = term;
}

struct entry *log_copy_from(const struct log *log, uint64_t from, size_t *count)
{
    LAB_ASSERT(from > log->last_included_index);
    LAB_ASSERT(from <= log_last_index(log) + 1);

    *count = (size_t)(log_last_index(log) + 1 - from);
    if (*count == 0) {
        return NULL;
    }
    /* One block: first the structs, then the bytes that they point into. */
    size_t begin = end_of(log, from - 1);
    size_t structs_bytes = *count * sizeof(struct entry);
    size_t entries_bytes = log->bytes_count - begin;
    struct entry *entries = lab_xmalloc(structs_bytes + entries_bytes);
    uint8_t *bytes = (uint8_t *)entries + structs_bytes;
    memcpy(bytes, log->bytes + begin, entries_bytes);

    for (size_t i = 0; i < *count; i++) {
        const struct log_slot *at = slot(log, from + i);
        size_t command = at->end - at->command_bytes - begin;
        entries[i].term = at->term;
        entries[i].command = bytes_of(bytes + command, at->command_bytes);
    }
    return entries;
}
