/* saved_log.c - a log as a persister keeps it.
 * Layer: hosts. */
#include "hosts/saved_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void saved_log_release(struct saved_log *log)
{
    free(log->slots);
    free(log->bytes.data);
    *log = (struct saved_log){.base_index = 0};
}

uint64_t saved_log_last(const struct saved_log *log)
{
    return log->base_index + log->count;
}

static size_t end_of(const struct saved_log *log, size_t count)
{
    return count > 0 ? log->slots[count - 1].end : 0;
}

uint64_t saved_log_lab_index(const struct saved_log *log, uint64_t index)
{
    LAB_ASSERT(index >= log->base_index);
    LAB_ASSERT(index <= saved_log_last(log));
    return index == log->base_index
               ? log->base_lab_index
               : log->slots[index - log->base_index - 1].lab_index;
}

uint64_t saved_log_find(const struct saved_log *log, uint64_t lab_index)
{
    size_t low = 0, high = log->count;
    LAB_ASSERT(lab_index > log->base_lab_index);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (log->slots[middle].lab_index < lab_index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    LAB_ASSERT(low < log->count);
    return log->base_index + 1 + low;
}

static void add_bytes(struct saved_log *log, struct bytes bytes)
{
    size_t needed = log->bytes.size + bytes.size;
    if (needed > log->bytes_room) {
        log->bytes_room = 2 * needed;
        log->bytes.data = lab_xrealloc(log->bytes.data, log->bytes_room);
    }
    memcpy(log->bytes.data + log->bytes.size, bytes.data, bytes.size);
    log->bytes.size = needed;
}

void saved_log_put(struct saved_log *log, uint64_t before_index,
                   const struct saved_entry *entry)
{
    LAB_ASSERT(before_index >= log->base_index);
    LAB_ASSERT(before_index <= saved_log_last(log));
    uint64_t lab_index =
        saved_log_lab_index(log, before_index) + entry->is_command;
    log->count = (size_t)(before_index - log->base_index);
    log->bytes.size = end_of(log, log->count);
    if (log->saved > log->bytes.size) {
        log->saved = log->bytes.size;
    }
    /* A state that has only this entry encodes to the entry framed as an
     * element of the list: fields that are zero are not encoded. */
    struct saved_state one = {.log = (struct saved_entry *)entry,
                              .log_count = 1};
    struct bytes framed = PACK(saved_state, &one);
    add_bytes(log, framed);
    bytes_free(&framed);
    if (log->count == log->room) {
        log->room = log->room ? 2 * log->room : 64;
        log->slots = lab_xrealloc(log->slots, log->room * sizeof(*log->slots));
    }
    log->slots[log->count++] = (struct saved_slot){log->bytes.size, lab_index};
}

void saved_log_compact(struct saved_log *log, uint64_t index, uint64_t term,
                       uint64_t lab_index)
{
    LAB_ASSERT(index >= log->base_index);
    size_t gone = index <= saved_log_last(log)
                      ? (size_t)(index - log->base_index)
                      : log->count;
    size_t gone_bytes = end_of(log, gone);
    log->count -= gone;
    log->bytes.size -= gone_bytes;
    if (log->count > 0) {
        memmove(log->slots, log->slots + gone,
                log->count * sizeof(*log->slots));
        memmove(log->bytes.data, log->bytes.data + gone_bytes, log->bytes.size);
    }
    for (size_t i = 0; i < log->count; i++) {
        log->slots[i].end -= gone_bytes;
    }
    log->saved = 0;
    log->base_index = index;
    log->base_term = term;
    log->base_lab_index = lab_index;
}

/* Encode what is new in the log, and the other fields behind it. */
static struct bytes encode_end(const struct saved_log *log,
                               struct saved_state head)
{
    head.log = NULL;
    head.log_count = 0;
    head.base_index = log->base_index;
    head.base_term = log->base_term;
    head.base_lab_index = log->base_lab_index;
    struct bytes packed = PACK(saved_state, &head);
    size_t fresh = log->bytes.size - log->saved;
    struct bytes end = {lab_xmalloc(fresh + packed.size + 1),
                        fresh + packed.size};
    if (fresh > 0) {
        memcpy(end.data, log->bytes.data + log->saved, fresh);
    }
    if (packed.size > 0) {
        memcpy(end.data + fresh, packed.data, packed.size);
    }
    bytes_free(&packed);
    return end;
}

void saved_log_save(struct saved_log *log, struct persister *persister,
                    struct saved_state state, const struct bytes *snapshot)
{
    if (snapshot) {
        log->saved = 0;
    }
    struct bytes end = encode_end(log, state);
    if (snapshot) {
        persister_save(persister, end, *snapshot);
    } else {
        persister_save_end(persister, log->saved, end);
    }
    bytes_free(&end);
    log->saved = log->bytes.size;
}
