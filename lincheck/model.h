/* model.h - a sequential specification: what one copy of the data does, for one
 * key.
 * Layer: lincheck, internal.
 *
 * A model is a few pure functions over states, which are numbers of values.h.
 * To add one: write its functions in model_NAME.c, declare it in lincheck.h,
 * name it in model.c. docs/lincheck.md shows one in full. */
#ifndef LINCHECK_MODEL_H
#define LINCHECK_MODEL_H

#include "lincheck/history.h"

#define LIN_IMPOSSIBLE UINT32_MAX

struct lin_model {
    const char *name;
    unsigned functions; /* a bit for each enum lin_function that it has */
    uint32_t nil;       /* VALUE_...: what NULL as a value means */

    /* Return the state before the first operation. */
    uint32_t (*initial)(struct values *values);

    /* Execute the operation in this state. Return the state after it, or
     * LIN_IMPOSSIBLE if its response would have been another. An open
     * operation has outcome LIN_OK; the search uses it only where it changes
     * the state. */
    uint32_t (*step)(struct values *values, uint32_t state,
                     const struct lin_op *op);

    /* Does the operation change no state? If in doubt, false. */
    bool (*is_pure)(const struct lin_op *op);

    /* For look-ahead; NULL: not known. From this state, can operations that do
     * not overwrite lead to one in which the read has this response? May be
     * wrongly true, never wrongly false. Needs overwrites(). */
    bool (*may_reach)(struct values *values, uint32_t state,
                      const struct lin_op *read);

    /* Is the state after the operation independent of the state before it? For
     * may_reach() and explanations; NULL: not known. */
    bool (*overwrites)(const struct lin_op *op);

    /* Split a state into version and value; NULL: a state is a value. */
    void (*split)(struct values *values, uint32_t state, uint64_t *version,
                  uint32_t *value);

    /* Could the read's response come, in whole or in part, from this
     * operation? For explanations. */
    bool (*could_give)(struct values *values, const struct lin_op *op,
                       const struct lin_op *read);
};

#endif
