/* search.c - looking for an order of one part's operations.
 * Layer: lincheck.
 *
 * Just-in-time linearization: Wing and Gong's search (1993) with Lowe's cache
 * of configurations (2017). Events are gone through in the order of time. At
 * the return of an operation that has had its moment there is nothing to
 * decide. At that of one that has not, its moment is now, perhaps after those
 * of other pending ones: that is the only place where the search branches,
 * since an operation may wait with its moment until somebody needs it.
 *
 * What keeps the search small, and why nothing is lost by it:
 *
 * - A pure operation (a read) whose answer is right has its moment at once:
 *   it changes nothing for the others, and later it might be too late.
 * - Of pending operations that ask and answer the same, the one that has to
 *   return first comes first: in any order they can change places.
 * - An open operation that would change nothing has no moment.
 * - Configurations no better than one seen before are left: visited.h.
 * - If the model knows what a state can become (texts that are appended to),
 *   a state that cannot become what the next read returned is left.
 *
 * No recursion: frames lie in arrays, and going back undoes events. */
#include "lincheck/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lincheck/model.h"
#include "lincheck/states.h"
#include "lincheck/visited.h"

#define STOP_EVERY 4096 /* steps */

/* Configurations that were looked at for being better than a new one cost less
 * than a step, but there can be many to one: the budget counts them, too. */
#define COMPARED_PER_STEP 8

/* A configuration that is being looked at, before the return `at`. Its bits
 * lie in search.bits. */
struct frame {
    uint32_t at;
    uint32_t state;
    uint32_t order_count;
    uint32_t next; /* candidate to try: see candidate() */
};

struct search {
    const struct part *part;
    struct lin_history *history;
    const struct search_options *options;
    struct states states;
    struct visited visited;
    uint32_t slot_words, open_words;

    /* The present configuration. Bits are by slot, used by open number. */
    uint32_t at; /* the next event */
    uint32_t state;
    uint32_t called;     /* open operations so far */
    uint32_t *slot_item; /* what is pending in each slot */
    uint64_t *pending, *pure;
    uint64_t *done, *used; /* one behind the other, as in bits */

    uint32_t *order; /* items that have had their moment */
    uint32_t order_count;

    struct frame *frames;
    uint64_t *bits; /* done and used of each frame */
    size_t frame_count, frame_room;

    bool has_best;     /* of the orders that were left: */
    uint32_t furthest; /* the event that none of them has come past, */
    uint32_t *best;    /* and one that came so far */
    uint32_t best_count;
    uint64_t steps;
    size_t rooms; /* of all tables, at the last look */
    bool gave_up;
};

static bool bit(const uint64_t *words, uint32_t i)
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

static const struct part_item *item_at(const struct search *s, uint32_t slot)
{
    return &s->part->items[s->slot_item[slot]];
}

static const struct lin_op *op_of(const struct search *s,
                                  const struct part_item *item)
{
    return &s->history->ops[item->op];
}

static uint32_t number(const struct search *s, const struct part_item *item)
{
    return (uint32_t)(item - s->part->items);
}

static uint32_t step(struct search *s, const struct part_item *item)
{
    return states_step(&s->states, s->state, item->key, op_of(s, item));
}

/* ---- Going through events ------------------------------------------------*/

static void give_moment(struct search *s, const struct part_item *item)
{
    if (item->ret == PART_NONE) {
        bit_set(s->used, item->place);
    } else {
        bit_set(s->done, item->place);
    }
    s->order[s->order_count++] = number(s, item);
}

static void call(struct search *s, uint32_t item_number)
{
    const struct part_item *item = &s->part->items[item_number];
    if (item->ret == PART_NONE) {
        s->called++;
        return;
    }
    s->slot_item[item->place] = item_number;
    bit_set(s->pending, item->place);
    if (item->pure) {
        bit_set(s->pure, item->place);
        if (step(s, item) == s->state) {
            give_moment(s, item);
        }
    }
}

/* Up to the next return of an operation that has not had its moment, or the
 * end. */
static void advance(struct search *s)
{
    for (; s->at < s->part->event_count; s->at++) {
        const struct part_event *event = &s->part->events[s->at];
        if (!event->is_return) {
            call(s, event->item);
            continue;
        }
        uint32_t slot = s->part->items[event->item].place;
        if (!bit(s->done, slot)) {
            return;
        }
        bit_clear(s->pending, slot);
        bit_clear(s->pure, slot);
        bit_clear(s->done, slot);
    }
}

/* Back to an earlier event; done and used are not touched. */
static void go_back(struct search *s, uint32_t at)
{
    while (s->at > at) {
        const struct part_event *event = &s->part->events[--s->at];
        const struct part_item *item = &s->part->items[event->item];
        if (event->is_return) {
            s->slot_item[item->place] = event->item;
            bit_set(s->pending, item->place);
            if (item->pure) {
                bit_set(s->pure, item->place);
            }
        } else if (item->ret == PART_NONE) {
            s->called--;
        } else {
            bit_clear(s->pending, item->place);
            bit_clear(s->pure, item->place);
        }
    }
}

/* The state of this key has changed: pure operations may have their moment. */
static void settle(struct search *s, uint32_t key)
{
    for (uint32_t w = 0; w < s->slot_words; w++) {
        uint64_t left = s->pure[w] & ~s->done[w];
        for (; left; left &= left - 1) {
            uint32_t slot = w * 64 + (uint32_t)__builtin_ctzll(left);
            const struct part_item *item = item_at(s, slot);
            if (item->key == key && step(s, item) == s->state) {
                give_moment(s, item);
            }
        }
    }
}

/* ---- Candidates ----------------------------------------------------------*/

/* Is one of the same class pending that has to return before `ret`? */
static bool has_earlier(const struct search *s, uint32_t class, uint32_t ret)
{
    for (uint32_t w = 0; w < s->slot_words; w++) {
        uint64_t left = s->pending[w] & ~s->pure[w] & ~s->done[w];
        for (; left; left &= left - 1) {
            const struct part_item *other =
                item_at(s, w * 64 + (uint32_t)__builtin_ctzll(left));
            if (other->class == class && other->ret < ret) {
                return true;
            }
        }
    }
    return false;
}

static const struct part_item *closed_candidate(const struct search *s,
                                                uint32_t slot)
{
    if (!bit(s->pending, slot) || bit(s->pure, slot) || bit(s->done, slot)) {
        return NULL;
    }
    const struct part_item *item = item_at(s, slot);
    return has_earlier(s, item->class, item->ret) ? NULL : item;
}

static const struct part_item *open_candidate(const struct search *s,
                                              uint32_t i)
{
    uint32_t alike = s->part->open_alike[i];
    if (bit(s->used, i) || (alike != PART_NONE && !bit(s->used, alike))) {
        return NULL;
    }
    const struct part_item *item = &s->part->items[s->part->open[i]];
    return has_earlier(s, item->class, PART_NONE) ? NULL : item;
}

/* The next operation to try: first the one that returns, then the pending
 * ones by slot, then the open ones. NULL: there are no more. */
static const struct part_item *candidate(const struct search *s,
                                         struct frame *frame)
{
    const struct part_item *returns =
        &s->part->items[s->part->events[frame->at].item];
    uint32_t slots = s->part->slot_count;
    while (frame->next < 1 + slots + s->called) {
        uint32_t i = frame->next++;
        const struct part_item *item;
        if (i == 0) {
            item = returns->pure ? NULL : returns;
        } else if (i <= slots) {
            item = closed_candidate(s, i - 1);
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

/* ---- Looking ahead -------------------------------------------------------*/

/* The first of the key's reads that returns at this event or later. */
static uint32_t first_read(const struct search *s, uint32_t key)
{
    uint32_t low = s->part->first_read[key];
    uint32_t high = s->part->first_read[key + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct part_read *read = &s->part->reads[middle];
        if (s->part->items[read->item].ret < s->at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_moment(const struct search *s, uint32_t item_number)
{
    const struct part_item *item = &s->part->items[item_number];
    return bit(s->pending, item->place) &&
           s->slot_item[item->place] == item_number &&
           bit(s->done, item->place);
}

/* Can the next read of this key still be answered as it was? */
static bool may_go_on(struct search *s, uint32_t key)
{
    if (!s->options->look_ahead || !s->part->first_read) {
        return true;
    }
    uint32_t i = first_read(s, key);
    uint32_t end = s->part->first_read[key + 1];
    while (i < end && has_moment(s, s->part->reads[i].item)) {
        i++;
    }
    if (i == end || s->part->reads[i].after > s->at) {
        return true;
    }
    const struct part_item *read = &s->part->items[s->part->reads[i].item];
    return s->states.model->may_reach(s->states.values,
                                      states_of_key(&s->states, s->state, key),
                                      op_of(s, read));
}

/* ---- Frames --------------------------------------------------------------*/

static size_t bit_words(const struct search *s)
{
    return s->slot_words + s->open_words;
}

static void push(struct search *s)
{
    size_t words = bit_words(s);
    if (s->frame_count == s->frame_room) {
        s->frame_room = s->frame_room ? s->frame_room * 2 : 64;
        s->frames = lab_xrealloc(s->frames, s->frame_room * sizeof(*s->frames));
        s->bits =
            lab_xrealloc(s->bits, s->frame_room * words * sizeof(*s->bits));
    }
    memcpy(s->bits + s->frame_count * words, s->done, words * sizeof(*s->bits));
    s->frames[s->frame_count++] = (struct frame){
        .at = s->at,
        .state = s->state,
        .order_count = s->order_count,
    };
}

/* Keep the present order if none came further: it is about to be left. */
static void note_furthest(struct search *s)
{
    if (!s->has_best || s->at > s->furthest) {
        s->has_best = true;
        s->furthest = s->at;
        s->best_count = s->order_count;
        memcpy(s->best, s->order, s->order_count * sizeof(*s->best));
    }
}

static struct frame *back_to_top(struct search *s)
{
    size_t words = bit_words(s);
    struct frame *top = &s->frames[s->frame_count - 1];
    if (s->order_count > top->order_count) {
        note_furthest(s);
    }
    go_back(s, top->at);
    s->state = top->state;
    s->order_count = top->order_count;
    memcpy(s->done, s->bits + (s->frame_count - 1) * words,
           words * sizeof(*s->bits));
    return top;
}

/* Has no configuration as good as this been here before? */
static bool is_new(struct search *s)
{
    uint64_t *word = visited_next(&s->visited);
    *word++ = (uint64_t)s->at << 32 | s->state;
    for (uint32_t w = 0; w < s->slot_words; w++) {
        *word++ = s->done[w] & ~s->pure[w];
    }
    for (uint32_t w = 0; w < s->slot_words; w++) {
        *word++ = s->pure[w] & ~s->done[w];
    }
    memcpy(word, s->used, s->open_words * sizeof(*word));
    return visited_add(&s->visited);
}

static uint64_t spent(const struct search *s)
{
    return s->steps + s->visited.compared / COMPARED_PER_STEP;
}

/* Memory is looked at when a table has grown: one step can double it. */
static bool within_limits(struct search *s)
{
    const struct lin_options *limits = s->options->limits;
    size_t rooms = s->visited.room + s->states.room + s->frame_room;
    bool grew = rooms != s->rooms;
    s->rooms = rooms;
    if (s->steps++ % STOP_EVERY == 0 || grew) {
        size_t bytes = visited_memory(&s->visited) + states_memory(&s->states) +
                       values_memory(s->history->values) +
                       part_memory(s->part) +
                       s->frame_room * (sizeof(*s->frames) + bit_words(s) * 8);
        if (bytes > *s->options->bytes_peak) {
            *s->options->bytes_peak = bytes;
        }
        s->gave_up = bytes > limits->bytes ||
                     (limits->stop && limits->stop(limits->argument));
    }
    s->gave_up = s->gave_up || spent(s) > limits->steps;
    return !s->gave_up;
}

/* Give this operation its moment in the present configuration. True if that
 * leads on to one worth looking at. */
static bool try_item(struct search *s, const struct part_item *item)
{
    uint32_t after = step(s, item);
    if (after == LIN_IMPOSSIBLE ||
        (item->ret == PART_NONE && after == s->state)) {
        return false;
    }
    give_moment(s, item);
    if (after != s->state) {
        s->state = after;
        settle(s, item->key);
    }
    advance(s);
    return may_go_on(s, item->key) && is_new(s);
}

static enum lin_verdict run(struct search *s)
{
    advance(s);
    if (s->at == s->part->event_count) {
        return LIN_LINEARIZABLE;
    }
    is_new(s);
    push(s);
    while (s->frame_count > 0 && within_limits(s)) {
        struct frame *top = back_to_top(s);
        const struct part_item *item = candidate(s, top);
        if (!item) {
            s->frame_count--;
        } else if (try_item(s, item)) {
            push(s);
        }
        if (s->at == s->part->event_count) {
            return LIN_LINEARIZABLE;
        }
    }
    note_furthest(s);
    return s->gave_up ? LIN_UNKNOWN : LIN_NOT_LINEARIZABLE;
}

/* ---- Start and end -------------------------------------------------------*/

static void init(struct search *s, const struct part *part,
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
    visited_init(&s->visited, 1 + s->slot_words, s->slot_words + s->open_words);
    s->state = states_initial(&s->states);
    s->slot_item = lab_xcalloc(part->slot_count + 1, sizeof(*s->slot_item));
    uint64_t *words = lab_xcalloc(3 * (size_t)s->slot_words + s->open_words + 1,
                                  sizeof(*words));
    s->pending = words;
    s->pure = s->pending + s->slot_words;
    s->done = s->pure + s->slot_words;
    s->used = s->done + s->slot_words;
    s->order = lab_xcalloc(part->item_count + 1, sizeof(*s->order));
    s->best = lab_xcalloc(part->item_count + 1, sizeof(*s->best));
}

static void release(struct search *s)
{
    states_release(&s->states);
    visited_release(&s->visited);
    free(s->slot_item);
    free(s->pending);
    free(s->order);
    free(s->best);
    free(s->frames);
    free(s->bits);
}

void search_run(const struct part *part, struct lin_history *history,
                const struct search_options *options,
                struct search_result *result)
{
    struct search s;
    init(&s, part, history, options);
    *result = (struct search_result){.verdict = run(&s), .blocked = PART_NONE};
    *options->steps += spent(&s);
    if (result->verdict != LIN_LINEARIZABLE) {
        result->blocked = part->events[s.furthest].item;
        result->order = s.best;
        result->order_count = s.best_count;
        s.best = NULL;
    } else {
        result->order = s.order;
        result->order_count = s.order_count;
        s.order = NULL;
    }
    release(&s);
}
