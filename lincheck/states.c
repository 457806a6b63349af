/* states.c - the state of all keys of a partition as one number.
 * Layer: lincheck. The hash of a row is the sum of the hashes of its states, so
 * a step updates it in constant time. */
#include "lincheck/states.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void states_init(struct states *states, const struct lin_history *history,
                 uint32_t width)
{
    *states = (struct states){
        .model = history->model,
        .values = history->values,
        .width = width,
    };
}

void states_release(struct states *states)
{
    free(states->rows);
    free(states->hashes);
    free(states->table);
}

/* Return the hash of one state of a row. */
static uint64_t hash_at(uint32_t key, uint32_t state)
{
    uint64_t h = ((uint64_t)key << 32 | state) * UINT64_C(0x9fb21c651e98df25);
    h = (h ^ h >> 35) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 28;
}

static uint32_t *row(const struct states *states, uint32_t state)
{
    return states->rows + (size_t)state * states->width;
}

static void table_put(struct states *states, uint32_t state)
{
    size_t i = states->hashes[state] & (states->table_capacity - 1);
    while (states->table[i]) {
        i = (i + 1) & (states->table_capacity - 1);
    }
    states->table[i] = state + 1;
}

static void grow(struct states *states)
{
    states->capacity = states->capacity ? states->capacity * 2 : 64;
    states->rows =
        lab_xrealloc(states->rows, (size_t)states->capacity * states->width *
                                       sizeof(*states->rows));
    states->hashes = lab_xrealloc(states->hashes,
                                  states->capacity * sizeof(*states->hashes));
    free(states->table);
    states->table_capacity = (size_t)states->capacity * 2;
    states->table = lab_xcalloc(states->table_capacity, sizeof(*states->table));
    for (uint32_t i = 0; i < states->count; i++) {
        table_put(states, i);
    }
}

/* Return space for the next row, after the others. */
static uint32_t *row_next(struct states *states)
{
    LAB_ASSERT(states->width > 1);
    LAB_ASSERT(states->count < LIN_IMPOSSIBLE - 1);
    if (states->count == states->capacity) {
        grow(states);
    }
    return row(states, states->count);
}

/* Return the number of the row written there: that of an equal row, or a new
 * one. */
static uint32_t row_number(struct states *states, uint64_t hash)
{
    LAB_ASSERT(states->count < states->capacity); /* row_next() was called */
    const uint32_t *next = row(states, states->count);
    size_t bytes = states->width * sizeof(*next);
    for (size_t i = hash & (states->table_capacity - 1); states->table[i];
         i = (i + 1) & (states->table_capacity - 1)) {
        uint32_t other = states->table[i] - 1;
        if (states->hashes[other] == hash &&
            memcmp(row(states, other), next, bytes) == 0) {
            return other;
        }
    }
    states->hashes[states->count] = hash;
    table_put(states, states->count);
    return states->count++;
}

uint32_t states_initial(struct states *states)
{
    uint32_t initial = states->model->initial(states->values);
    if (states->width <= 1) {
        return initial;
    }
    uint32_t *next = row_next(states);
    uint64_t hash = 0;
    for (uint32_t key = 0; key < states->width; key++) {
        next[key] = initial;
        hash += hash_at(key, initial);
    }
    return row_number(states, hash);
}

uint32_t states_of_key(const struct states *states, uint32_t state,
                       uint32_t key)
{
    if (states->width <= 1) {
        return state;
    }
    LAB_ASSERT(state < states->count);
    return row(states, state)[key];
}

uint32_t states_step(struct states *states, uint32_t state, uint32_t key,
                     const struct lin_op *op)
{
    LAB_ASSERT(key < states->width);
    uint32_t before = states_of_key(states, state, key);
    uint32_t after = states->model->step(states->values, before, op);
    if (after == LIN_IMPOSSIBLE || states->width <= 1) {
        return after;
    }
    if (after == before) { /* the same row, without a look-up */
        return state;
    }
    uint32_t *next = row_next(states);
    memcpy(next, row(states, state), states->width * sizeof(*next));
    next[key] = after;
    return row_number(states, states->hashes[state] - hash_at(key, before) +
                                  hash_at(key, after));
}

size_t states_memory(const struct states *states)
{
    return (size_t)states->capacity * states->width * sizeof(*states->rows) +
           states->capacity * sizeof(*states->hashes) +
           states->table_capacity * sizeof(*states->table);
}
