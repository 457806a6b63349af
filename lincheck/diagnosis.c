/* diagnosis.c - where the response of an operation without a linearization
 * point could come from, and why it does not.
 * Layer: lincheck. */
#include "lincheck/diagnosis.h"

#include <stdlib.h>

#include "base/assert.h"

/* ---- Sources -------------------------------------------------------------*/

/* Reads need the state that they returned. A compare-and-set, or a put at a
 * version, that succeeded needs the state that it expected. Other operations
 * need none in particular: a mismatch or a maybe fits almost any state. */
static void find_needed(struct diagnosis *diagnosis)
{
    const struct lin_op *blocked = diagnosis->blocked;
    diagnosis->needed = *blocked;
    diagnosis->needed.function = LIN_READ;
    diagnosis->needs_state = blocked->function == LIN_READ;
    if (blocked->outcome == LIN_OK && blocked->function == LIN_CAS) {
        diagnosis->needs_state = true;
        diagnosis->needed.value = blocked->expected;
    } else if (blocked->outcome == LIN_OK && diagnosis->history->model->split) {
        diagnosis->needs_state = true; /* a version, with any value */
    }
}

bool diagnosis_is_source(const struct diagnosis *diagnosis,
                         const struct lin_op *op)
{
    const struct lin_history *history = diagnosis->history;
    struct lin_op needed = diagnosis->needed;
    if (!diagnosis->needs_state || op == diagnosis->blocked || op->withdrawn ||
        op->key != diagnosis->blocked->key) {
        return false;
    }
    if (history->model->split && diagnosis->blocked->function != LIN_READ) {
        needed.value = op->value;
    }
    return history->model->could_give(history->values, op, &needed);
}

bool diagnosis_initial_is_source(const struct diagnosis *diagnosis)
{
    const struct lin_history *history = diagnosis->history;
    return diagnosis->needs_state &&
           history->model->step(history->values, diagnosis->initial_state,
                                diagnosis->blocked) != LIN_IMPOSSIBLE;
}

/* ---- The prefix ----------------------------------------------------------*/

/* Execute the prefix: find positions, the state after it, and what changes the
 * state after each position. */
static void replay_prefix(struct diagnosis *diagnosis)
{
    const struct lin_history *history = diagnosis->history;
    const struct lin_key_result *key = diagnosis->key;
    bool *changes = lab_xcalloc(key->prefix_count + 1, sizeof(*changes));
    for (size_t i = 0; i < key->prefix_count; i++) {
        LAB_ASSERT(key->prefix[i] < history->count);
        const struct lin_op *op = &history->ops[key->prefix[i]];
        LAB_ASSERT(op != diagnosis->blocked);
        LAB_ASSERT(diagnosis->position[key->prefix[i]] == 0);
        diagnosis->position[key->prefix[i]] = (uint32_t)i + 1;
        if (op->key != diagnosis->blocked->key) {
            diagnosis->has_other_keys = true;
            continue;
        }
        uint32_t after =
            history->model->step(history->values, diagnosis->state, op);
        LAB_ASSERT(after != LIN_IMPOSSIBLE);
        changes[i] = after != diagnosis->state;
        diagnosis->state = after;
    }
    const struct lin_op *next = NULL;
    for (size_t i = key->prefix_count; i-- > 0;) {
        diagnosis->next[i + 1] = next;
        next = changes[i] ? &history->ops[key->prefix[i]] : next;
    }
    diagnosis->next[0] = next;
    free(changes);
}

/* Did the operation certainly take effect, and replace whatever state there
 * was? An open operation may never have taken effect. */
static bool certainly_overwrites(const struct lin_history *history,
                                 const struct lin_op *op)
{
    return op->ret != LIN_OPEN && !op->withdrawn &&
           history->model->overwrites && history->model->overwrites(op);
}

static void find_overwriter(struct diagnosis *diagnosis)
{
    const struct lin_history *history = diagnosis->history;
    for (size_t i = 0; i < history->count; i++) {
        const struct lin_op *op = &history->ops[i];
        if (op->key == diagnosis->blocked->key &&
            op->ret < diagnosis->blocked->call &&
            certainly_overwrites(history, op) &&
            (!diagnosis->overwriter ||
             op->call > diagnosis->overwriter->call)) {
            diagnosis->overwriter = op;
        }
    }
}

/* ---- Reasons -------------------------------------------------------------*/

static struct reason by_position(const struct diagnosis *diagnosis,
                                 uint32_t position)
{
    LAB_ASSERT(position <= diagnosis->key->prefix_count);
    const struct lin_op *next = diagnosis->next[position];
    return (struct reason){next ? REASON_FOLLOWED : REASON_LAST, next};
}

/* The reasons by time hold in every order; those of the prefix only there. */
struct reason diagnosis_reason(const struct diagnosis *diagnosis,
                               const struct lin_op *op)
{
    if (op->call > diagnosis->blocked->ret) {
        return (struct reason){REASON_LATER, NULL};
    }
    if (diagnosis->overwriter && diagnosis->overwriter->call > op->ret) {
        return (struct reason){REASON_OVERWRITTEN, diagnosis->overwriter};
    }
    uint32_t position = diagnosis->position[op - diagnosis->history->ops];
    return position > 0 ? by_position(diagnosis, position)
                        : (struct reason){REASON_NOT_PLACED, NULL};
}

struct reason diagnosis_initial_reason(const struct diagnosis *diagnosis)
{
    if (diagnosis->overwriter) {
        return (struct reason){REASON_OVERWRITTEN, diagnosis->overwriter};
    }
    return by_position(diagnosis, 0);
}

bool diagnosis_is_pending(const struct diagnosis *diagnosis,
                          const struct lin_op *op)
{
    const struct lin_op *blocked = diagnosis->blocked;
    bool may_change =
        op->ret != LIN_OPEN || !diagnosis->history->model->is_pure(op);
    return op != blocked && op->key == blocked->key && !op->withdrawn &&
           may_change && op->call <= blocked->ret && op->ret >= blocked->ret;
}

/* ---- Creating and ending -------------------------------------------------*/

void diagnosis_init(struct diagnosis *diagnosis,
                    const struct lin_history *history,
                    const struct lin_key_result *key)
{
    LAB_ASSERT(key->verdict == LIN_NOT_LINEARIZABLE);
    LAB_ASSERT(key->blocked < history->count);
    *diagnosis = (struct diagnosis){
        .history = history,
        .key = key,
        .blocked = &history->ops[key->blocked],
        .initial_state = history->model->initial(history->values),
        .position = lab_xcalloc(history->count + 1, sizeof(uint32_t)),
        .next = lab_xcalloc(key->prefix_count + 1, sizeof(struct lin_op *)),
    };
    LAB_ASSERT(diagnosis->blocked->ret != LIN_OPEN);
    diagnosis->state = diagnosis->initial_state;
    find_needed(diagnosis);
    replay_prefix(diagnosis);
    find_overwriter(diagnosis);
}

void diagnosis_release(struct diagnosis *diagnosis)
{
    free(diagnosis->position);
    free(diagnosis->next);
    *diagnosis = (struct diagnosis){.position = NULL};
}
