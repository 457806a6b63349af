/* search.c - search for a linearization of one partition.
 * Layer: lincheck.
 *
 * Just-in-time linearization (Lowe, "Testing for linearizability", 2017): Wing
 * and Gong's depth-first search (1993), driven by the events in time order,
 * with a cache of configurations. At a call the operation becomes pending. At
 * the return of an operation that is linearized already there is nothing to
 * decide. At the return of one that is not, it must be linearized now, perhaps
 * after other pending operations: only there the search branches, because an
 * operation may always be linearized as late as the next return needs it.
 *
 *     client 1   |--- append a ---|        at the return of get: linearize
 *     client 2     |-- get "a" --|         append a, get; the return of
 *                                ^         append then has nothing to decide
 *
 * What prunes the search, and why no linearization is lost:
 *
 * - A pure operation (a read) with the right response is linearized at once:
 *   it changes nothing for the others, and later it may be too late.
 * - Of pending operations of the same class (same request and response), the
 *   one that returns first is linearized first: in any linearization they can
 *   be swapped.
 * - An open operation that would not change the state is never linearized.
 * - A configuration that a cached one dominates is abandoned: cache.h.
 * - If the model can tell which states may follow (texts that grow by append),
 *   a state from which the next read's response is unreachable is abandoned.
 *
 * No recursion, so any history fits on the stack: frames lie in an array, and
 * backtracking undoes events. */
#include "lincheck/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/cache.h"
#include "lincheck/model.h"
#include "lincheck/states.h"

#define STOP_EVERY 4096 /* steps between two calls of limits->stop() */

/* Comparing a new configuration with a cached one costs less than a step, but
 * there may be many comparisons per step: the budget counts them too. */
#define COMPARED_PER_STEP 8

/* A configuration whose successors are being tried, before the return `at`.
 * Its bits lie in search.bits. */
struct frame {
    uint32_t at;
    uint32_t state;
    uint32_t order_count;
    uint32_t next; /* candidate to try next: see candidate() */
};

struct search {
    const struct partition *part;
    struct lin_history *history;
    const struct search_options *options;
    struct states states;
    struct cache cache;
    uint32_t slot_words, open_words;

    /* The current configuration. Bits are by slot, those of open operations by
     * their number. */
    uint32_t at; /* the next event */
    uint32_t state;
    uint32_t open_called; /* open operations called so far */
    uint32_t *slot_item;  /* the pending item in each slot */
    uint64_t *pending, *pure;
    uint64_t *linearized, *linearized_open; /* adjacent, as in bits */

    uint32_t *order; /* linearized items, in that order */
    uint32_t order_count;

    struct frame *frames;
    uint64_t *bits; /* linearized, linearized_open of each frame */
    size_t frame_count, frame_capacity;

    /* The abandoned order that came furthest. */
    bool has_longest;
    uint32_t longest_at; /* the return before which it stopped */
    uint32_t *longest;
    uint32_t longest_count;
    uint64_t steps;
    size_t capacities; /* of all tables, when memory was last counted */
    bool gave_up;
};

static bool bit_get(const uint64_t *words, uint32_t i)
{
    return words[i / 64] >> i % 64 & 1;
}

static void bit_set(uint64_t *words, uint32_t i)
{
    words[i / 64] |= UINT64_C(1) << i % 64;
}

static void bit_clear(uint64_t *words, uint32_t i)
{
    words[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static const struct partition_item *item_at(const struct search *s,
                                            uint32_t slot)
{
    return &s->part->items[s->slot_item[slot]];
}

static const struct lin_op *op_of(const struct search *s,
                                  const struct partition_item *item)
{
    return &s->history->ops[item->op];
}

static uint32_t number(const struct search *s,
                       const struct partition_item *item)
{
    return (uint32_t)(item - s->part->items);
}

/* Return the state after this operation, without changing the current one. */
static uint32_t step(struct search *s, const struct partition_item *item)
{
    return states_step(&s->states, s->state, item->key, op_of(s, item));
}

/* ---- Events --------------------------------------------------------------*/

/* Linearize the item next. The caller updates the state. */
static void linearize(struct search *s, const struct partition_item *item)
{
    uint64_t *bits =
        item->ret == PARTITION_NONE ? s->linearized_open : s->linearized;
    LAB_ASSERT(!bit_get(bits, item->bit));
    bit_set(bits, item->bit);
    LAB_ASSERT(s->order_count < s->part->item_count);
    s->order[s->order_count++] = number(s, item);
}

/* The next event is the call of this item: it becomes pending. */
static void call(struct search *s, uint32_t item_number)
{
    const struct partition_item *item = &s->part->items[item_number];
    if (item->ret == PARTITION_NONE) {
        s->open_called++;
        return;
    }
    LAB_ASSERT(!bit_get(s->pending, item->bit));
    s->slot_item[item->bit] = item_number;
    bit_set(s->pending, item->bit);
    if (item->pure) {
        bit_set(s->pure, item->bit);
        if (step(s, item) == s->state) {
            linearize(s, item); /* now, as the state may not come again */
        }
    }
}

/* Process events up to the next return of an operation that is not linearized,
 * or to the end. */
static void advance(struct search *s)
{
    for (; s->at < s->part->event_count; s->at++) {
        const struct partition_event *event = &s->part->events[s->at];
        if (!event->is_return) {
            call(s, event->item);
            continue;
        }
        uint32_t slot = s->part->items[event->item].bit;
        LAB_ASSERT(s->slot_item[slot] == event->item);
        if (!bit_get(s->linearized, slot)) {
            return;
        }
        bit_clear(s->pending, slot);
        bit_clear(s->pure, slot);
        bit_clear(s->linearized, slot);
    }
}

/* Undo the events back to an earlier one. The caller restores linearized and
 * linearized_open. */
static void rewind_to(struct search *s, uint32_t at)
{
    while (s->at > at) {
        const struct partition_event *event = &s->part->events[--s->at];
        const struct partition_item *item = &s->part->items[event->item];
        if (event->is_return) {
            s->slot_item[item->bit] = event->item;
            bit_set(s->pending, item->bit);
            if (item->pure) {
                bit_set(s->pure, item->bit);
            }
        } else if (item->ret == PARTITION_NONE) {
            LAB_ASSERT(s->open_called > 0);
            s->open_called--;
        } else {
            bit_clear(s->pending, item->bit);
            bit_clear(s->pure, item->bit);
        }
    }
}

/* The state of this key has changed: linearize the pending pure operations
 * that now have the right response. */
static void linearize_pure(struct search *s, uint32_t key)
{
    for (uint32_t w = 0; w < s->slot_words; w++) {
        uint64_t left = s->pure[w] & ~s->linearized[w];
        for (; left; left &= left - 1) {
            uint32_t slot = w * 64 + (uint32_t)__builtin_ctzll(left);
            const struct partition_item *item = item_at(s, slot);
            if (item->key == key && step(s, item) == s->state) {
                linearize(s, item);
            }
        }
    }
}

/* ---- Candidates ----------------------------------------------------------*/

/* Is an operation of the same class pending, not linearized, and returning
 * before `ret`? */
static bool has_earlier(const struct search *s, uint32_t class, uint32_t ret)
{
    for (uint32_t w = 0; w < s->slot_words; w++) {
        uint64_t left = s->pending[w] & ~s->pure[w] & ~s->linearized[w];
        for (; left; left &= left - 1) {
            const struct partition_item *other =
                item_at(s, w * 64 + (uint32_t)__builtin_ctzll(left));
            if (other->class == class && other->ret < ret) {
                return true;
            }
        }
    }
    return false;
}

/* Return the item pending in this slot if it may be linearized next. Pure ones
 * never are: linearize_pure() does it as soon as the state is right. */
static const struct partition_item *complete_candidate(const struct search *s,
                                                       uint32_t slot)
{
    if (!bit_get(s->pending, slot) || bit_get(s->pure, slot) ||
        bit_get(s->linearized, slot)) {
        return NULL;
    }
    const struct partition_item *item = item_at(s, slot);
    return has_earlier(s, item->class, item->ret) ? NULL : item;
}

/* The same for an open item. Of a class, complete items go first, because they
 * must be linearized; open ones in the order of their calls. */
static const struct partition_item *open_candidate(const struct search *s,
                                                   uint32_t i)
{
    uint32_t previous = s->part->open_previous[i];
    if (bit_get(s->linearized_open, i) ||
        (previous != PARTITION_NONE &&
         !bit_get(s->linearized_open, previous))) {
        return NULL;
    }
    const struct partition_item *item = &s->part->items[s->part->open[i]];
    return has_earlier(s, item->class, PARTITION_NONE) ? NULL : item;
}

/* Return the next operation to linearize in this frame: first the one that
 * returns, then the pending ones by slot, then the open ones. NULL: there are
 * no more. The first is the best guess, since it must be linearized anyway. */
static const struct partition_item *candidate(const struct search *s,
                                              struct frame *frame)
{
    LAB_ASSERT(s->part->events[frame->at].is_return);
    const struct partition_item *returns =
        &s->part->items[s->part->events[frame->at].item];
    uint32_t slots = s->part->slot_count;
    while (frame->next < 1 + slots + s->open_called) {
        uint32_t i = frame->next++;
        const struct partition_item *item;
        if (i == 0) {
            item = returns->pure ? NULL : returns;
        } else if (i <= slots) {
            item = complete_candidate(s, i - 1);
            item = item == returns ? NULL : item;
        } else {
            item = open_candidate(s, i - 1 - slots);
        }
        if (item) {
            return item;
        }
    }
    return NULL;
}

/* ---- Look-ahead ----------------------------------------------------------*/

/* Return the first of the key's reads that returns at the current event or
 * later, by binary search. */
static uint32_t first_read(const struct search *s, uint32_t key)
{
    uint32_t low = s->part->first_read[key];
    uint32_t high = s->part->first_read[key + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct partition_read *read = &s->part->reads[middle];
        if (s->part->items[read->item].ret < s->at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Is this read, which returns at the current event or later, linearized? Its
 * slot may belong to another item before its call. */
static bool is_linearized(const struct search *s, uint32_t item_number)
{
    const struct partition_item *item = &s->part->items[item_number];
    return bit_get(s->pending, item->bit) &&
           s->slot_item[item->bit] == item_number &&
           bit_get(s->linearized, item->bit);
}

/* May the state of this key still lead to the response of its next read?
 * Unknown, so true, while an overwrite may still be linearized before it. */
static bool next_read_is_reachable(struct search *s, uint32_t key)
{
    if (!s->options->look_ahead || !s->part->first_read) {
        return true;
    }
    uint32_t i = first_read(s, key);
    uint32_t end = s->part->first_read[key + 1];
    /* A linearized read has its response, whatever the state is now. */
    while (i < end && is_linearized(s, s->part->reads[i].item)) {
        i++;
    }
    if (i == end || s->part->reads[i].after > s->at) {
        return true;
    }
    const struct partition_item *read = &s->part->items[s->part->reads[i].item];
    return s->states.model->may_reach(s->states.values,
                                      states_of_key(&s->states, s->state, key),
                                      op_of(s, read));
}

/* ---- Frames and the cache ------------------------------------------------*/

static size_t bit_words(const struct search *s)
{
    return s->slot_words + s->open_words;
}

/* Push the current configuration: its candidates are tried next. */
static void push(struct search *s)
{
    size_t words = bit_words(s);
    if (s->frame_count == s->frame_capacity) {
        s->frame_capacity = s->frame_capacity ? s->frame_capacity * 2 : 64;
        s->frames =
            lab_xrealloc(s->frames, s->frame_capacity * sizeof(*s->frames));
        s->bits =
            lab_xrealloc(s->bits, s->frame_capacity * words * sizeof(*s->bits));
    }
    memcpy(s->bits + s->frame_count * words, s->linearized,
           words * sizeof(*s->bits));
    s->frames[s->frame_count++] = (struct frame){
        .at = s->at,
        .state = s->state,
        .order_count = s->order_count,
    };
}

/* The current order is about to be abandoned: keep it if none came further. */
static void keep_longest(struct search *s)
{
    if (!s->has_longest || s->at > s->longest_at) {
        s->has_longest = true;
        s->longest_at = s->at;
        s->longest_count = s->order_count;
        memcpy(s->longest, s->order, s->order_count * sizeof(*s->longest));
    }
}

/* Return to the configuration of the top frame. */
static struct frame *backtrack(struct search *s)
{
    size_t words = bit_words(s);
    struct frame *top = &s->frames[s->frame_count - 1];
    LAB_ASSERT(s->at >= top->at);
    LAB_ASSERT(s->order_count >= top->order_count);
    if (s->order_count > top->order_count) { /* an order is abandoned */
        keep_longest(s);
    }
    rewind_to(s, top->at);
    s->state = top->state;
    s->order_count = top->order_count;
    memcpy(s->linearized, s->bits + (s->frame_count - 1) * words,
           words * sizeof(*s->bits));
    return top;
}

/* Add the current configuration to the cache. Return false if a cached one
 * dominates it. Key: event, state, linearized operations that change state.
 * Penalty: pure operations not linearized, open operations linearized. */
static bool cache_current(struct search *s)
{
    uint64_t *word = cache_next(&s->cache);
    *word++ = (uint64_t)s->at << 32 | s->state;
    for (uint32_t w = 0; w < s->slot_words; w++) {
        *word++ = s->linearized[w] & ~s->pure[w];
    }
    for (uint32_t w = 0; w < s->slot_words; w++) {
        *word++ = s->pure[w] & ~s->linearized[w];
    }
    memcpy(word, s->linearized_open, s->open_words * sizeof(*word));
    return cache_add(&s->cache);
}

static uint64_t spent(const struct search *s)
{
    return s->steps + s->cache.compared / COMPARED_PER_STEP;
}

/* Count memory every STOP_EVERY steps, and when a table has grown: a single
 * step can double it. */
static bool within_limits(struct search *s)
{
    const struct lin_options *limits = s->options->limits;
    size_t capacities =
        s->cache.capacity + s->states.capacity + s->frame_capacity;
    bool grew = capacities != s->capacities;
    s->capacities = capacities;
    if (s->steps++ % STOP_EVERY == 0 || grew) {
        size_t bytes =
            cache_memory(&s->cache) + states_memory(&s->states) +
            values_memory(s->history->values) + partition_memory(s->part) +
            s->frame_capacity * (sizeof(*s->frames) + bit_words(s) * 8);
        if (bytes > *s->options->bytes_peak) {
            *s->options->bytes_peak = bytes;
        }
        s->gave_up = bytes > limits->bytes ||
                     (limits->stop && limits->stop(limits->argument));
    }
    s->gave_up = s->gave_up || spent(s) > limits->steps;
    return !s->gave_up;
}

/* Linearize this operation in the current configuration. Return true if the
 * resulting configuration is worth exploring. */
static bool try_linearize(struct search *s, const struct partition_item *item)
{
    uint32_t after = step(s, item);
    /* An open operation that changes nothing is as good as never executed. */
    if (after == LIN_IMPOSSIBLE ||
        (item->ret == PARTITION_NONE && after == s->state)) {
        return false;
    }
    linearize(s, item);
    if (after != s->state) {
        s->state = after;
        linearize_pure(s, item->key);
    }
    advance(s);
    return next_read_is_reachable(s, item->key) && cache_current(s);
}

static enum lin_verdict run(struct search *s)
{
    advance(s);
    if (s->at == s->part->event_count) {
        return LIN_LINEARIZABLE;
    }
    cache_current(s);
    push(s);
    while (s->frame_count > 0 && within_limits(s)) {
        struct frame *top = backtrack(s);
        const struct partition_item *item = candidate(s, top);
        if (!item) {
            s->frame_count--;
        } else if (try_linearize(s, item)) {
            push(s);
        }
        /* Whatever became of the frame: the order came past every return. */
        if (s->at == s->part->event_count) {
            return LIN_LINEARIZABLE;
        }
    }
    keep_longest(s); /* the budget may be used up in the middle of an order */
    return s->gave_up ? LIN_UNKNOWN : LIN_NOT_LINEARIZABLE;
}

/* ---- Creating and ending -------------------------------------------------*/

static void init(struct search *s, const struct partition *part,
                 struct lin_history *history,
                 const struct search_options *options)
{
    *s = (struct search){
        .part = part,
        .history = history,
        .options = options,
        .slot_words = (part->slot_count + 63) / 64,
        .open_words = (part->open_count + 63) / 64,
    };
    states_init(&s->states, history, part->key_count);
    cache_init(&s->cache, 1 + s->slot_words, s->slot_words + s->open_words);
    s->state = states_initial(&s->states);
    s->slot_item = lab_xcalloc(part->slot_count + 1, sizeof(*s->slot_item));
    uint64_t *words = lab_xcalloc(3 * (size_t)s->slot_words + s->open_words + 1,
                                  sizeof(*words));
    s->pending = words;
    s->pure = s->pending + s->slot_words;
    s->linearized = s->pure + s->slot_words;
    s->linearized_open = s->linearized + s->slot_words;
    s->order = lab_xcalloc(part->item_count + 1, sizeof(*s->order));
    s->longest = lab_xcalloc(part->item_count + 1, sizeof(*s->longest));
}

static void release(struct search *s)
{
    states_release(&s->states);
    cache_release(&s->cache);
    free(s->slot_item);
    free(s->pending);
    free(s->order);
    free(s->longest);
    free(s->frames);
    free(s->bits);
}

void search_run(const struct partition *part, struct lin_history *history,
                const struct search_options *options,
                struct search_result *result)
{
    struct search s;
    init(&s, part, history, options);
    *result =
        (struct search_result){.verdict = run(&s), .blocked = PARTITION_NONE};
    *options->steps += spent(&s);
    if (result->verdict != LIN_LINEARIZABLE) {
        LAB_ASSERT(s.has_longest);
        LAB_ASSERT(part->events[s.longest_at].is_return);
        result->blocked = part->events[s.longest_at].item;
        result->order = s.longest;
        result->order_count = s.longest_count;
        s.longest = NULL;
    } else {
        result->order = s.order;
        result->order_count = s.order_count;
        s.order = NULL;
    }
    release(&s);
}
