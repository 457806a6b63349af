/* why.c - where the answer of an operation without a moment could come from.
 * Layer: lincheck. */
#include "lincheck/why.h"

#include <stdlib.h>

#include "base/assert.h"

/* ---- What is needed ------------------------------------------------------*/

/* Of a compare-and-set or a put at a version that has succeeded it is the
 * state that they expected. A mismatch and a maybe need none. */
static void find_needed(struct whys *whys)
{
    const struct lin_op *blocked = whys->blocked;
    whys->needed = *blocked;
    whys->needed.function = LIN_READ;
    whys->needs_state = blocked->function == LIN_READ;
    if (blocked->outcome == LIN_OK && blocked->function == LIN_CAS) {
        whys->needs_state = true;
        whys->needed.value = blocked->expected;
    } else if (blocked->outcome == LIN_OK && whys->history->model->split) {
        whys->needs_state = true; /* a version, and whatever value */
    }
}

bool whys_has(const struct whys *whys, const struct lin_op *op)
{
    const struct lin_history *history = whys->history;
    struct lin_op needed = whys->needed;
    if (!whys->needs_state || op == whys->blocked || op->withdrawn ||
        op->key != whys->blocked->key) {
        return false;
    }
    if (history->model->split && whys->blocked->function != LIN_READ) {
        needed.value = op->value;
    }
    return history->model->could_give(history->values, op, &needed);
}

bool whys_has_first(const struct whys *whys)
{
    const struct lin_history *history = whys->history;
    return whys->needs_state &&
           history->model->step(history->values, whys->first_state,
                                whys->blocked) != LIN_IMPOSSIBLE;
}

/* ---- The order -----------------------------------------------------------*/

static void find_places(struct whys *whys)
{
    const struct lin_history *history = whys->history;
    const struct lin_key_result *key = whys->key;
    bool *changes = lab_xcalloc(key->prefix_count + 1, sizeof(*changes));
    for (size_t i = 0; i < key->prefix_count; i++) {
        const struct lin_op *op = &history->ops[key->prefix[i]];
        whys->place[key->prefix[i]] = (uint32_t)i + 1;
        if (op->key != whys->blocked->key) {
            whys->has_other_keys = true;
            continue;
        }
        uint32_t after = history->model->step(history->values, whys->state, op);
        LAB_ASSERT(after != LIN_IMPOSSIBLE);
        changes[i] = after != whys->state;
        whys->state = after;
    }
    const struct lin_op *next = NULL;
    for (size_t i = key->prefix_count; i-- > 0;) {
        whys->next[i + 1] = next;
        next = changes[i] ? &history->ops[key->prefix[i]] : next;
    }
    whys->next[0] = next;
    free(changes);
}

/* Certainly executed; and whatever the state was before, it is no more. */
static bool overwrites(const struct lin_history *history,
                       const struct lin_op *op)
{
    return op->ret != LIN_OPEN && !op->withdrawn && history->model->is_fresh &&
           history->model->is_fresh(op);
}

static void find_overwriter(struct whys *whys)
{
    const struct lin_history *history = whys->history;
    for (size_t i = 0; i < history->count; i++) {
        const struct lin_op *op = &history->ops[i];
        if (op->key == whys->blocked->key && op->ret < whys->blocked->call &&
            overwrites(history, op) &&
            (!whys->overwriter || op->call > whys->overwriter->call)) {
            whys->overwriter = op;
        }
    }
}

/* ---- Reasons -------------------------------------------------------------*/

static struct why by_place(const struct whys *whys, uint32_t place)
{
    const struct lin_op *next = whys->next[place];
    return (struct why){next ? WHY_FOLLOWED : WHY_PLACED, next};
}

struct why whys_of(const struct whys *whys, const struct lin_op *op)
{
    if (op->call > whys->blocked->ret) {
        return (struct why){WHY_LATER, NULL};
    }
    if (whys->overwriter && whys->overwriter->call > op->ret) {
        return (struct why){WHY_OVERWRITTEN, whys->overwriter};
    }
    uint32_t place = whys->place[op - whys->history->ops];
    return place > 0 ? by_place(whys, place)
                     : (struct why){WHY_NOT_PLACED, NULL};
}

struct why whys_of_first(const struct whys *whys)
{
    if (whys->overwriter) {
        return (struct why){WHY_OVERWRITTEN, whys->overwriter};
    }
    return by_place(whys, 0);
}

bool whys_pending(const struct whys *whys, const struct lin_op *op)
{
    const struct lin_op *blocked = whys->blocked;
    bool may_change = op->ret != LIN_OPEN || !whys->history->model->is_pure(op);
    return op != blocked && op->key == blocked->key && !op->withdrawn &&
           may_change && op->call <= blocked->ret && op->ret >= blocked->ret;
}

/* ---- Start and end -------------------------------------------------------*/

void whys_init(struct whys *whys, const struct lin_history *history,
               const struct lin_key_result *key)
{
    *whys = (struct whys){
        .history = history,
        .key = key,
        .blocked = &history->ops[key->blocked],
        .state = history->model->initial(history->values),
        .place = lab_xcalloc(history->count + 1, sizeof(*whys->place)),
        .next = lab_xcalloc(key->prefix_count + 1, sizeof(*whys->next)),
    };
    whys->first_state = whys->state;
    find_needed(whys);
    find_places(whys);
    find_overwriter(whys);
}

void whys_release(struct whys *whys)
{
    free(whys->place);
    free(whys->next);
    *whys = (struct whys){.place = NULL};
}
