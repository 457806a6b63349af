/* entry.c - entries of a log, and shared runs of them.
 * Layer: raftcore. docs/raftcore-spec.md §1.3, §14.7. */
#include "raftcore/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

enum { FIRST_ROOM = 4 };

const char *rc_entry_type_name(enum rc_entry_type type)
{
    static const char *const names[] = {"EntryNormal", "EntryConfChange",
                                        "EntryConfChangeV2"};
    bool known = (unsigned)type < sizeof(names) / sizeof(names[0]);
    return known ? names[type] : "unknown";
}

/* ---- Sizes ---------------------------------------------------------------*/

/* ceil(bits / 7), at least 1: protobuf writes seven bits of a number per byte.
 */
static uint64_t varint_size(uint64_t value)
{
    return (uint64_t)(70 - __builtin_clzll(value | 1)) / 7;
}

uint64_t rc_entry_size(const struct rc_entry *entry)
{
    /* Three field tags; data has a tag and its length. */
    uint64_t size = 3 + varint_size((uint64_t)entry->type) +
                    varint_size(entry->term) + varint_size(entry->index);
    if (entry->data) {
        size += 1 + varint_size(entry->data->size) + entry->data->size;
    }
    return size;
}

uint64_t rc_entries_size(const struct rc_entry *at, size_t count)
{
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += rc_entry_size(&at[i]);
    }
    return size;
}

uint64_t rc_entries_payload(const struct rc_entry *at, size_t count)
{
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += at[i].data ? at[i].data->size : 0;
    }
    return size;
}

size_t rc_entries_within(const struct rc_entry *at, size_t count, uint64_t max)
{
    uint64_t size = 0;
    if (max == RC_NO_LIMIT || count <= 1) {
        return count; /* the first is always within, or nothing would move */
    }
    for (size_t i = 0; i < count; i++) {
        size += rc_entry_size(&at[i]);
        if (i > 0 && size > max) {
            return i;
        }
    }
    return count;
}

/* ---- Blocks --------------------------------------------------------------*/

static struct rc_entry_block *block_new(size_t room)
{
    struct rc_entry_block *block =
        lab_xmalloc(sizeof(*block) + room * sizeof(*block->at));
    block->refcount = 1;
    block->used = 0;
    block->room = room;
    LAB_ASSERT(room > 0);
    return block;
}

static void drop_data(struct rc_entry_block *block)
{
    for (size_t i = 0; i < block->used; i++) {
        rc_payload_drop(block->at[i].data);
    }
    block->used = 0;
}

void rc_entry_block_free(struct rc_entry_block *block)
{
    LAB_ASSERT(block->refcount == 0);
    drop_data(block);
    free(block);
}

static void block_add(struct rc_entry_block *block, const struct rc_entry *at,
                      size_t count)
{
    struct rc_entry *to = block->at + block->used;
    for (size_t i = 0; i < count; i++) {
        to[i] = at[i];
        rc_payload_share(at[i].data);
    }
    block->used += count;
}

/* ---- Runs ----------------------------------------------------------------*/

struct rc_entries rc_entries_share(const struct rc_entries *run, size_t from,
                                   size_t to)
{
    LAB_ASSERT(from <= to);
    LAB_ASSERT(to <= run->count);
    struct rc_entries part = {NULL, NULL, 0};
    if (from == to) {
        return part;
    }
    /* Lent entries may change once the call is over: they are copied. */
    if (!run->block) {
        rc_entries_append(&part, run->at + from, to - from);
        return part;
    }
    rc_refcount_add(&run->block->refcount);
    return (struct rc_entries){run->block, run->at + from, to - from};
}

/* Move the run to a block of its own, with room for as many entries again. */
static void move_to_new_block(struct rc_entries *run, size_t more)
{
    size_t room = 2 * (run->count + more);
    struct rc_entry_block *block =
        block_new(room < FIRST_ROOM ? FIRST_ROOM : room);
    size_t count = run->count;
    LAB_ASSERT(room > count);
    block_add(block, run->at, count);
    rc_entries_release(run);
    *run = (struct rc_entries){block, block->at, count};
}

/* Two runs of one block, as after a message was made of the log's end:
 *
 *     block   [1][2][3][4][ ][ ]      used = 4, room = 6
 *     log      1  2  3  4             ends where the block ends: in place
 *     message     2  3                does not: would overwrite 4 of the log
 *
 * After the log was cut behind 2 it does not end there, either: entries 3 and 4
 * may be shown by the message, so that a new 3 goes to a new block. */
void rc_entries_append(struct rc_entries *run, const struct rc_entry *at,
                       size_t count)
{
    struct rc_entry_block *block = run->block;
    if (count == 0) {
        return;
    }
    /* In place only behind the last entry that anybody has put into the block:
     * other runs may show those behind this run's end. */
    if (!block || run->at + run->count != block->at + block->used ||
        block->used + count > block->room) {
        move_to_new_block(run, count);
    }
    block_add(run->block, at, count);
    run->count += count;
}

void rc_entries_drop_front(struct rc_entries *run, size_t count)
{
    LAB_ASSERT(count <= run->count);
    run->at += count;
    run->count -= count;
    struct rc_entry_block *block = run->block;
    if (run->count > 0 || !block) {
        return;
    }
    /* Empty: give the data back, and use the block again if nobody else does.
     */
    if (rc_refcount_shared(&block->refcount)) {
        rc_entries_release(run);
        return;
    }
    drop_data(block);
    run->at = block->at;
}

void rc_entries_cut(struct rc_entries *run, size_t count)
{
    LAB_ASSERT(count <= run->count);
    run->count = count;
}

struct rc_entries rc_entries_join(const struct rc_entries *a,
                                  const struct rc_entries *b)
{
    struct rc_entries all = {NULL, NULL, 0};
    if (a->count + b->count == 0) {
        return all;
    }
    all.block = block_new(a->count + b->count);
    all.at = all.block->at;
    rc_entries_append(&all, a->at, a->count);
    rc_entries_append(&all, b->at, b->count);
    LAB_ASSERT(all.count == a->count + b->count);
    return all;
}
