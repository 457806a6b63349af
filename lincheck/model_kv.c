/* model_kv.c - a text with get, put and append.
 * Layer: lincheck. The state is the text. */
#include <string.h>

#include "base/assert.h"
#include "lincheck/model.h"

static uint32_t initial(struct values *values)
{
    (void)values;
    return VALUE_EMPTY;
}

static uint32_t step(struct values *values, uint32_t state,
                     const struct lin_op *op)
{
    switch (op->function) {
    case LIN_READ:
        return state == op->value ? state : LIN_IMPOSSIBLE;
    case LIN_WRITE:
        return op->value;
    default:
        LAB_ASSERT(op->function == LIN_APPEND);
        return values_append(values, state, op->value);
    }
}

static bool is_pure(const struct lin_op *op)
{
    return op->function == LIN_READ;
}

/* Appends only lengthen a text. */
static bool may_reach(struct values *values, uint32_t state,
                      const struct lin_op *read)
{
    return values_may_be_prefix(values, state, read->value);
}

static bool overwrites(const struct lin_op *op)
{
    return op->function == LIN_WRITE;
}

static bool could_give(struct values *values, const struct lin_op *op,
                       const struct lin_op *read)
{
    struct bytes piece = values_bytes(values, op->value);
    struct bytes text = values_bytes(values, read->value);
    switch (op->function) {
    case LIN_WRITE:
        return piece.size == 0
                   ? text.size == 0
                   : piece.size <= text.size &&
                         memcmp(text.data, piece.data, piece.size) == 0;
    case LIN_APPEND:
        return piece.size > 0 &&
               memmem(text.data, text.size, piece.data, piece.size) != NULL;
    default:
        return false;
    }
}

const struct lin_model lin_kv = {
    .name = "kv",
    .functions = 1u << LIN_READ | 1u << LIN_WRITE | 1u << LIN_APPEND,
    .nil = VALUE_EMPTY,
    .initial = initial,
    .step = step,
    .is_pure = is_pure,
    .may_reach = may_reach,
    .overwrites = overwrites,
    .could_give = could_give,
};
