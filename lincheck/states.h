/* states.h - the state of all keys of a part, as one number.
 * Layer: lincheck, internal.
 *
 * With one key that is the key's state itself. With more, it is the number of
 * a row of states in a table of different rows. */
#ifndef LINCHECK_STATES_H
#define LINCHECK_STATES_H

#include "lincheck/model.h"

struct states {
    const struct lin_model *model;
    struct values *values;
    uint32_t width; /* keys */
    uint32_t *rows; /* width states each */
    uint64_t *hashes;
    uint32_t count, room;
    uint32_t *table; /* row + 1; 0: free */
    size_t table_room;
};

void states_init(struct states *states, const struct lin_history *history,
                 uint32_t width);
void states_release(struct states *states);

uint32_t states_initial(struct states *states);

/* One key's state in this one. */
uint32_t states_of_key(const struct states *states, uint32_t state,
                       uint32_t key);

/* After an operation on that key; LIN_IMPOSSIBLE: see model.h. */
uint32_t states_step(struct states *states, uint32_t state, uint32_t key,
                     const struct lin_op *op);

/* Memory in use, without the values. */
size_t states_memory(const struct states *states);

#endif
