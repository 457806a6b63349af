/* states.h - the state of all keys of a partition as one number.
 * Layer: lincheck, internal.
 *
 * With one key this is the state of the key itself. With more keys it is the
 * number of a row, which holds a state per key; equal rows have one number. */
#ifndef LINCHECK_STATES_H
#define LINCHECK_STATES_H

#include "lincheck/model.h"

struct states {
    const struct lin_model *model;
    struct values *values;
    uint32_t width; /* number of keys */
    uint32_t *rows; /* width states each */
    uint64_t *hashes;
    uint32_t count, capacity;
    uint32_t *table; /* row + 1; 0: free */
    size_t table_capacity;
};

void states_init(struct states *states, const struct lin_history *history,
                 uint32_t width);
void states_release(struct states *states);

/* Return the state before the first operation. */
uint32_t states_initial(struct states *states);

/* Return the state of one key. */
uint32_t states_of_key(const struct states *states, uint32_t state,
                       uint32_t key);

/* Return the state after an operation on that key, or LIN_IMPOSSIBLE
 * (model.h). */
uint32_t states_step(struct states *states, uint32_t state, uint32_t key,
                     const struct lin_op *op);

/* Memory in use, in bytes, without the values. */
size_t states_memory(const struct states *states);

#endif
