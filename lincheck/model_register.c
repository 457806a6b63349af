/* model_register.c - a register with read, write and compare-and-set.
 * Layer: lincheck. The state is the value. */
#include "base/assert.h"
#include "lincheck/model.h"

static uint32_t initial(struct values *values)
{
    (void)values;
    return VALUE_NIL;
}

static uint32_t compare_and_set(uint32_t state, const struct lin_op *op)
{
    switch (op->outcome) {
    case LIN_OK:
        return state == op->expected ? op->value : LIN_IMPOSSIBLE;
    case LIN_MISMATCH:
        return state != op->expected ? state : LIN_IMPOSSIBLE;
    default:
        return state == op->expected ? op->value : state;
    }
}

static uint32_t step(struct values *values, uint32_t state,
                     const struct lin_op *op)
{
    (void)values;
    switch (op->function) {
    case LIN_READ:
        return state == op->value ? state : LIN_IMPOSSIBLE;
    case LIN_WRITE:
        return op->value;
    default:
        LAB_ASSERT(op->function == LIN_CAS);
        return compare_and_set(state, op);
    }
}

static bool is_pure(const struct lin_op *op)
{
    return op->function == LIN_READ || op->outcome == LIN_MISMATCH;
}

/* A cas that succeeded leaves its new value, whatever the state was. */
static bool overwrites(const struct lin_op *op)
{
    return op->function == LIN_WRITE ||
           (op->function == LIN_CAS && op->outcome == LIN_OK);
}

static bool could_give(struct values *values, const struct lin_op *op,
                       const struct lin_op *read)
{
    (void)values;
    return !is_pure(op) && op->value == read->value;
}

const struct lin_model lin_register = {
    .name = "register",
    .functions = 1u << LIN_READ | 1u << LIN_WRITE | 1u << LIN_CAS,
    .nil = VALUE_NIL,
    .initial = initial,
    .step = step,
    .is_pure = is_pure,
    .overwrites = overwrites,
    .could_give = could_give,
};
