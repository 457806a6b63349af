/* part.c - preparing what one search is about.
 * Layer: lincheck. */
#include "lincheck/part.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/model.h"

/* ---- Order of events -----------------------------------------------------*/

struct moment {
    int64_t at;
    uint32_t op; /* in the history */
    bool is_return;
};

/* At equal times calls come first, so that the operations overlap. */
static int by_time(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    if (a->is_return != b->is_return) {
        return a->is_return ? 1 : -1;
    }
    return a->op < b->op ? -1 : a->op > b->op;
}

static bool counts(const struct lin_history *history, const struct lin_op *op)
{
    return !op->withdrawn &&
           (op->ret != LIN_OPEN || !history->model->is_pure(op));
}

static struct moment *moments_of(const struct lin_history *history,
                                 const uint32_t *ops, size_t count,
                                 size_t *moment_count)
{
    struct moment *moments = lab_xcalloc(2 * count + 1, sizeof(*moments));
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct lin_op *op = &history->ops[ops[i]];
        if (counts(history, op)) {
            moments[n++] = (struct moment){op->call, ops[i], false};
            if (op->ret != LIN_OPEN) {
                moments[n++] = (struct moment){op->ret, ops[i], true};
            }
        }
    }
    qsort(moments, n, sizeof(*moments), by_time);
    *moment_count = n;
    return moments;
}

/* ---- Numbers for keys and for what is alike ------------------------------*/

/* Finds equal things: a table of numbers, by a hash that the caller has. */
struct numbering {
    uint32_t *at; /* number + 1; 0: free */
    size_t room;
};

static void numbering_init(struct numbering *table, size_t count)
{
    table->room = 16;
    while (table->room < 2 * count) {
        table->room *= 2;
    }
    table->at = lab_xcalloc(table->room, sizeof(*table->at));
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

static bool alike(const struct lin_op *a, const struct lin_op *b)
{
    return a->function == b->function && a->outcome == b->outcome &&
           a->key == b->key && a->value == b->value &&
           a->expected == b->expected && a->version == b->version;
}

static void find_classes(struct part *part, const struct lin_history *history)
{
    struct numbering table;
    numbering_init(&table, part->item_count);
    for (uint32_t i = 0; i < part->item_count; i++) {
        const struct lin_op *op = &history->ops[part->items[i].op];
        size_t at = op_hash(op) & (table.room - 1);
        while (table.at[at] &&
               !alike(op, &history->ops[part->items[table.at[at] - 1].op])) {
            at = (at + 1) & (table.room - 1);
        }
        if (!table.at[at]) {
            table.at[at] = i + 1;
        }
        part->items[i].class = table.at[at] - 1;
    }
    free(table.at);
}

static void find_keys(struct part *part, const struct lin_history *history)
{
    struct numbering table;
    numbering_init(&table, part->item_count);
    uint32_t *keys = lab_xcalloc(part->item_count + 1, sizeof(*keys));
    for (uint32_t i = 0; i < part->item_count; i++) {
        uint32_t key = history->ops[part->items[i].op].key;
        size_t at = key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (table.room - 1);
        while (table.at[at] && keys[table.at[at] - 1] != key) {
            at = (at + 1) & (table.room - 1);
        }
        if (!table.at[at]) {
            keys[part->key_count++] = key;
            table.at[at] = part->key_count;
        }
        part->items[i].key = table.at[at] - 1;
    }
    free(keys);
    free(table.at);
}

/* ---- Slots ---------------------------------------------------------------*/

/* A bit for each slot that is free. The lowest is taken, so that few are
 * used. */
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
    uint32_t w = free_slots->word_count++;
    free_slots->words = lab_xrealloc(free_slots->words,
                                     free_slots->word_count * sizeof(uint64_t));
    free_slots->words[w] = UINT64_MAX - 1;
    return w * 64;
}

static void slot_give(struct free_slots *free_slots, uint32_t slot)
{
    free_slots->words[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Give the items their places, in the order of events. */
static void find_places(struct part *part)
{
    struct free_slots slots = {NULL, 0};
    part->open = lab_xcalloc(part->item_count + 1, sizeof(*part->open));
    for (uint32_t e = 0; e < part->event_count; e++) {
        struct part_item *item = &part->items[part->events[e].item];
        if (part->events[e].is_return) {
            slot_give(&slots, item->place);
        } else if (item->ret == PART_NONE) {
            item->place = part->open_count;
            part->open[part->open_count++] = part->events[e].item;
        } else {
            item->place = slot_take(&slots);
            if (item->place >= part->slot_count) {
                part->slot_count = item->place + 1;
            }
        }
    }
    free(slots.words);
}

static void find_alike(struct part *part)
{
    uint32_t *last = lab_xmalloc((part->item_count + 1) * sizeof(*last));
    memset(last, 0xff, (part->item_count + 1) * sizeof(*last));
    part->open_alike =
        lab_xcalloc(part->open_count + 1, sizeof(*part->open_alike));
    for (uint32_t i = 0; i < part->open_count; i++) {
        uint32_t class = part->items[part->open[i]].class;
        part->open_alike[i] = last[class];
        last[class] = i;
    }
    free(last);
}

/* ---- Reads that the state has to lead to ---------------------------------*/

static bool is_read(const struct lin_history *history,
                    const struct part_item *item)
{
    return history->ops[item->op].function == LIN_READ &&
           item->ret != PART_NONE;
}

static void count_reads(struct part *part, const struct lin_history *history)
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

/* In the order of events. fresh[key]: after the last return of the operations
 * called so far that forget what was before. */
static void find_reads(struct part *part, const struct lin_history *history)
{
    if (!history->model->may_reach) {
        return;
    }
    count_reads(part, history);
    uint32_t *fresh = lab_xcalloc(part->key_count + 1, sizeof(*fresh));
    for (uint32_t e = 0; e < part->event_count; e++) {
        const struct part_item *item = &part->items[part->events[e].item];
        const struct lin_op *op = &history->ops[item->op];
        if (!part->events[e].is_return && history->model->is_fresh(op)) {
            uint32_t after = item->ret == PART_NONE ? PART_NONE : item->ret + 1;
            if (after > fresh[item->key]) {
                fresh[item->key] = after;
            }
        } else if (part->events[e].is_return && is_read(history, item)) {
            /* One ahead: that is where its key's reads end when all are in. */
            part->reads[part->first_read[item->key + 1]++] =
                (struct part_read){part->events[e].item, fresh[item->key]};
        }
    }
    free(fresh);
}

/* ---- All together --------------------------------------------------------*/

static void find_items(struct part *part, const struct lin_history *history,
                       const struct moment *moments, size_t count,
                       uint32_t *items)
{
    for (uint32_t e = 0; e < count; e++) {
        uint32_t op = moments[e].op;
        if (moments[e].is_return) {
            part->items[items[op]].ret = e;
        } else {
            items[op] = part->item_count;
            part->items[part->item_count++] = (struct part_item){
                .op = op,
                .ret = PART_NONE,
                .pure = history->model->is_pure(&history->ops[op]),
            };
        }
        part->events[e] = (struct part_event){items[op], moments[e].is_return};
    }
    part->event_count = (uint32_t)count;
}

void part_init(struct part *part, const struct lin_history *history,
               const uint32_t *ops, size_t count, uint32_t *scratch)
{
    *part = (struct part){.items = NULL};
    size_t moment_count;
    struct moment *moments = moments_of(history, ops, count, &moment_count);
    LAB_ASSERT(moment_count < PART_NONE);
    part->items = lab_xcalloc(count + 1, sizeof(*part->items));
    part->events = lab_xcalloc(moment_count + 1, sizeof(*part->events));
    find_items(part, history, moments, moment_count, scratch);
    free(moments);
    find_classes(part, history);
    find_keys(part, history);
    find_places(part);
    find_alike(part);
    find_reads(part, history);
}

void part_release(struct part *part)
{
    free(part->items);
    free(part->events);
    free(part->open);
    free(part->open_alike);
    free(part->reads);
    free(part->first_read);
    *part = (struct part){.items = NULL};
}

size_t part_memory(const struct part *part)
{
    return part->item_count * (sizeof(*part->items) + sizeof(*part->open) +
                               sizeof(*part->reads)) +
           part->event_count * sizeof(*part->events) +
           part->open_count * sizeof(*part->open_alike) +
           part->key_count * sizeof(*part->first_read);
}
