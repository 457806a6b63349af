/* partition.c - preparing the operations that one search is about.
 * Layer: lincheck. */
#include "lincheck/partition.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/model.h"

/* ---- Order of events -----------------------------------------------------*/

/* The call or the return of an operation. */
struct endpoint {
    int64_t at;
    uint32_t op; /* in the history */
    bool is_return;
};

/* At equal times calls come first, so that the operations overlap: they may
 * then be linearized in either order. */
static int by_time(const void *left, const void *right)
{
    const struct endpoint *a = left, *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    if (a->is_return != b->is_return) {
        return a->is_return ? 1 : -1;
    }
    return a->op < b->op ? -1 : a->op > b->op;
}

/* Can the operation take part in a linearization, and does it matter? */
static bool is_relevant(const struct lin_history *history,
                        const struct lin_op *op)
{
    return !op->withdrawn &&
           (op->ret != LIN_OPEN || !history->model->is_pure(op));
}

/* Return the endpoints of the relevant operations in time order, the caller's
 * to free(). */
static struct endpoint *endpoints_of(const struct lin_history *history,
                                     const uint32_t *ops, size_t count,
                                     size_t *endpoint_count)
{
    struct endpoint *endpoints = lab_xcalloc(2 * count + 1, sizeof(*endpoints));
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct lin_op *op = &history->ops[ops[i]];
        if (is_relevant(history, op)) {
            endpoints[n++] = (struct endpoint){op->call, ops[i], false};
            if (op->ret != LIN_OPEN) {
                endpoints[n++] = (struct endpoint){op->ret, ops[i], true};
            }
        }
    }
    qsort(endpoints, n, sizeof(*endpoints), by_time);
    *endpoint_count = n;
    return endpoints;
}

/* ---- Numbers of keys and classes -----------------------------------------*/

/* A hash table of numbers with open addressing; the caller hashes and compares
 * what the numbers stand for. */
struct numbering {
    uint32_t *at;    /* number + 1; 0: free */
    size_t capacity; /* a power of two, at least twice the numbers */
};

static void numbering_init(struct numbering *table, size_t count)
{
    table->capacity = 16;
    while (table->capacity < 2 * count) {
        table->capacity *= 2;
    }
    table->at = lab_xcalloc(table->capacity, sizeof(*table->at));
    LAB_ASSERT(table->capacity >= 2 * count); /* probes end at a free slot */
}

static uint64_t op_hash(const struct lin_op *op)
{
    uint64_t hash = op->function * 8u + op->outcome;
    hash = (hash ^ op->key) * UINT64_C(0x9fb21c651e98df25);
    hash = (hash ^ hash >> 29 ^ op->value) * UINT64_C(0x9fb21c651e98df25);
    hash = (hash ^ hash >> 29 ^ op->expected) * UINT64_C(0x9fb21c651e98df25);
    hash = (hash ^ hash >> 29 ^ op->version) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 32;
}

/* Operations with equal request and response are interchangeable. */
static bool same_class(const struct lin_op *a, const struct lin_op *b)
{
    return a->function == b->function && a->outcome == b->outcome &&
           a->key == b->key && a->value == b->value &&
           a->expected == b->expected && a->version == b->version;
}

/* The class of an item is the number of the first item that is equal to it. */
static void find_classes(struct partition *part,
                         const struct lin_history *history)
{
    struct numbering table;
    numbering_init(&table, part->item_count);
    for (uint32_t i = 0; i < part->item_count; i++) {
        const struct lin_op *op = &history->ops[part->items[i].op];
        size_t at = op_hash(op) & (table.capacity - 1);
        while (
            table.at[at] &&
            !same_class(op, &history->ops[part->items[table.at[at] - 1].op])) {
            at = (at + 1) & (table.capacity - 1);
        }
        if (!table.at[at]) {
            table.at[at] = i + 1;
        }
        part->items[i].class = table.at[at] - 1;
    }
    free(table.at);
}

/* Number the keys in the order of their first calls. */
static void find_keys(struct partition *part, const struct lin_history *history)
{
    struct numbering table;
    numbering_init(&table, part->item_count);
    uint32_t *keys = lab_xcalloc(part->item_count + 1, sizeof(*keys));
    for (uint32_t i = 0; i < part->item_count; i++) {
        uint32_t key = history->ops[part->items[i].op].key;
        size_t at =
            key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (table.capacity - 1);
        while (table.at[at] && keys[table.at[at] - 1] != key) {
            at = (at + 1) & (table.capacity - 1);
        }
        if (!table.at[at]) {
            keys[part->key_count++] = key;
            table.at[at] = part->key_count;
        }
        part->items[i].key = table.at[at] - 1;
    }
    LAB_ASSERT(part->key_count <= part->item_count);
    free(keys);
    free(table.at);
}

/* ---- Slots ---------------------------------------------------------------*/

/* A bit for each free slot. The lowest is taken, so that few words are used. */
struct free_slots {
    uint64_t *words;
    uint32_t word_count;
};

static uint32_t slot_take(struct free_slots *free_slots)
{
    for (uint32_t w = 0; w < free_slots->word_count; w++) {
        if (free_slots->words[w]) {
            uint32_t bit = (uint32_t)__builtin_ctzll(free_slots->words[w]);
            free_slots->words[w] &= free_slots->words[w] - 1;
            return w * 64 + bit;
        }
    }
    /* No slot is free: add a word of slots, and take its first. */
    uint32_t w = free_slots->word_count++;
    free_slots->words = lab_xrealloc(free_slots->words,
                                     free_slots->word_count * sizeof(uint64_t));
    free_slots->words[w] = UINT64_MAX - 1;
    return w * 64;
}

static void slot_give(struct free_slots *free_slots, uint32_t slot)
{
    LAB_ASSERT(slot / 64 < free_slots->word_count);
    LAB_ASSERT(!(free_slots->words[slot / 64] >> slot % 64 & 1));
    free_slots->words[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Give complete items slots and open items numbers, in the order of events. */
static void assign_bits(struct partition *part)
{
    struct free_slots slots = {NULL, 0};
    part->open = lab_xcalloc(part->item_count + 1, sizeof(*part->open));
    for (uint32_t e = 0; e < part->event_count; e++) {
        struct partition_item *item = &part->items[part->events[e].item];
        if (part->events[e].is_return) {
            slot_give(&slots, item->bit);
        } else if (item->ret == PARTITION_NONE) {
            item->bit = part->open_count;
            part->open[part->open_count++] = part->events[e].item;
        } else {
            item->bit = slot_take(&slots);
            if (item->bit >= part->slot_count) {
                part->slot_count = item->bit + 1;
            }
        }
    }
    free(slots.words);
}

/* Chain the open items of each class. */
static void find_previous(struct partition *part)
{
    uint32_t *last = lab_xmalloc((part->item_count + 1) * sizeof(*last));
    memset(last, 0xff, (part->item_count + 1) * sizeof(*last));
    part->open_previous =
        lab_xcalloc(part->open_count + 1, sizeof(*part->open_previous));
    for (uint32_t i = 0; i < part->open_count; i++) {
        uint32_t class = part->items[part->open[i]].class;
        part->open_previous[i] = last[class];
        last[class] = i;
    }
    free(last);
}

/* ---- Reads, for look-ahead -----------------------------------------------*/

static bool is_read(const struct lin_history *history,
                    const struct partition_item *item)
{
    return history->ops[item->op].function == LIN_READ &&
           item->ret != PARTITION_NONE;
}

/* Reserve space for the reads of each key. The count of key k starts at
 * first_read[k + 2], as in check.c. */
static void count_reads(struct partition *part,
                        const struct lin_history *history)
{
    part->first_read =
        lab_xcalloc(part->key_count + 2, sizeof(*part->first_read));
    for (uint32_t i = 0; i < part->item_count; i++) {
        if (is_read(history, &part->items[i])) {
            part->first_read[part->items[i].key + 2]++;
        }
    }
    for (uint32_t key = 2; key < part->key_count + 2; key++) {
        part->first_read[key] += part->first_read[key - 1];
    }
    uint32_t all = part->first_read[part->key_count + 1];
    part->reads = lab_xcalloc(all + 1, sizeof(*part->reads));
}

/* Go through the events. overwritten[key]: the event after the last return of
 * the overwriting operations called so far. Once all of these have returned,
 * none of them can be linearized before a later read. */
static void find_reads(struct partition *part,
                       const struct lin_history *history)
{
    if (!history->model->may_reach) {
        return;
    }
    LAB_ASSERT(history->model->overwrites);
    count_reads(part, history);
    uint32_t *overwritten =
        lab_xcalloc(part->key_count + 1, sizeof(*overwritten));
    for (uint32_t e = 0; e < part->event_count; e++) {
        const struct partition_item *item = &part->items[part->events[e].item];
        const struct lin_op *op = &history->ops[item->op];
        if (!part->events[e].is_return && history->model->overwrites(op)) {
            /* An open one may take effect before any later read. */
            uint32_t after =
                item->ret == PARTITION_NONE ? PARTITION_NONE : item->ret + 1;
            if (after > overwritten[item->key]) {
                overwritten[item->key] = after;
            }
        } else if (part->events[e].is_return && is_read(history, item)) {
            /* first_read[key + 1] is the write position of the key; when all
             * are written, it is where the next key's reads begin. */
            part->reads[part->first_read[item->key + 1]++] =
                (struct partition_read){part->events[e].item,
                                        overwritten[item->key]};
        }
    }
    free(overwritten);
}

/* ---- Creating and ending -------------------------------------------------*/

/* Make items and events. items: operation -> item, for those called so far. */
static void find_items(struct partition *part,
                       const struct lin_history *history,
                       const struct endpoint *endpoints, size_t count,
                       uint32_t *items)
{
    for (uint32_t e = 0; e < count; e++) {
        uint32_t op = endpoints[e].op;
        if (endpoints[e].is_return) {
            LAB_ASSERT(part->items[items[op]].op == op); /* called before */
            part->items[items[op]].ret = e;
        } else {
            items[op] = part->item_count;
            part->items[part->item_count++] = (struct partition_item){
                .op = op,
                .ret = PARTITION_NONE,
                .pure = history->model->is_pure(&history->ops[op]),
            };
        }
        part->events[e] =
            (struct partition_event){items[op], endpoints[e].is_return};
    }
    part->event_count = (uint32_t)count;
}

void partition_init(struct partition *part, const struct lin_history *history,
                    const uint32_t *ops, size_t count, uint32_t *scratch)
{
    *part = (struct partition){.items = NULL};
    size_t endpoint_count;
    struct endpoint *endpoints =
        endpoints_of(history, ops, count, &endpoint_count);
    LAB_ASSERT(endpoint_count < PARTITION_NONE); /* reader_call() limits it */
    part->items = lab_xcalloc(count + 1, sizeof(*part->items));
    part->events = lab_xcalloc(endpoint_count + 1, sizeof(*part->events));
    find_items(part, history, endpoints, endpoint_count, scratch);
    LAB_ASSERT(part->item_count <= count);
    free(endpoints);
    find_classes(part, history);
    find_keys(part, history);
    assign_bits(part);
    find_previous(part);
    find_reads(part, history);
}

void partition_release(struct partition *part)
{
    free(part->items);
    free(part->events);
    free(part->open);
    free(part->open_previous);
    free(part->reads);
    free(part->first_read);
    *part = (struct partition){.items = NULL};
}

size_t partition_memory(const struct partition *part)
{
    return part->item_count * (sizeof(*part->items) + sizeof(*part->open) +
                               sizeof(*part->reads)) +
           part->event_count * sizeof(*part->events) +
           part->open_count * sizeof(*part->open_previous) +
           part->key_count * sizeof(*part->first_read);
}
