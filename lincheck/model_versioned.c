/* model_versioned.c - a text with a version, which puts must name.
 * Layer: lincheck. A state is the string of version and value number. */
#include <string.h>

#include "base/assert.h"
#include "lincheck/model.h"

struct versioned {
    uint64_t version;
    uint64_t value; /* its number; 64 bits, so that there is no padding */
};

static uint32_t state_of(struct values *values, uint64_t version,
                         uint32_t value)
{
    struct versioned both = {version, value};
    return values_intern(values, bytes_of(&both, sizeof(both)));
}

static uint32_t initial(struct values *values)
{
    return state_of(values, 0, VALUE_EMPTY);
}

static void split(struct values *values, uint32_t state, uint64_t *version,
                  uint32_t *value)
{
    struct versioned both;
    struct bytes bytes = values_bytes(values, state);
    LAB_ASSERT(bytes.size == sizeof(both));
    memcpy(&both, bytes.data, sizeof(both));
    *version = both.version;
    *value = (uint32_t)both.value;
}

static uint32_t step(struct values *values, uint32_t state,
                     const struct lin_op *op)
{
    uint64_t version;
    uint32_t value;
    split(values, state, &version, &value);
    bool same = version == op->version;
    if (op->function == LIN_READ) {
        return same && value == op->value ? state : LIN_IMPOSSIBLE;
    }
    LAB_ASSERT(op->function == LIN_WRITE);
    switch (op->outcome) {
    case LIN_OK:
        return same ? state_of(values, op->version + 1, op->value)
                    : LIN_IMPOSSIBLE;
    case LIN_MISMATCH:
        return same ? LIN_IMPOSSIBLE : state;
    default:
        return same ? state_of(values, op->version + 1, op->value) : state;
    }
}

static bool is_pure(const struct lin_op *op)
{
    return op->function == LIN_READ || op->outcome == LIN_MISMATCH;
}

/* A put that succeeded leaves its value at the next version. */
static bool overwrites(const struct lin_op *op)
{
    return op->function == LIN_WRITE && op->outcome == LIN_OK;
}

static bool could_give(struct values *values, const struct lin_op *op,
                       const struct lin_op *read)
{
    (void)values;
    return !is_pure(op) && op->value == read->value &&
           op->version != UINT64_MAX && op->version + 1 == read->version;
}

const struct lin_model lin_versioned = {
    .name = "versioned",
    .functions = 1u << LIN_READ | 1u << LIN_WRITE,
    .nil = VALUE_EMPTY,
    .initial = initial,
    .step = step,
    .is_pure = is_pure,
    .overwrites = overwrites,
    .split = split,
    .could_give = could_give,
};
