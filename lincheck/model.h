/* model.h - what a copy of the data does and answers, one key at a time.
 * Layer: lincheck, internal.
 *
 * A model is a few pure functions over states that are numbers of values.h.
 * To add one: write its functions in model_NAME.c, declare it in lincheck.h,
 * name it in model.c. The search needs no more. */
#ifndef LINCHECK_MODEL_H
#define LINCHECK_MODEL_H

#include "lincheck/history.h"

#define LIN_IMPOSSIBLE UINT32_MAX

struct lin_model {
    const char *name;
    unsigned functions; /* a bit for each enum lin_function that it has */
    uint32_t nil;       /* VALUE_...: what no value in a request stands for */

    /* The state before the first operation. */
    uint32_t (*initial)(struct values *values);

    /* The state after the operation has been executed in this one, or
     * LIN_IMPOSSIBLE if it would not have been answered so. An operation
     * without a return has outcome LIN_OK: it is executed only where it
     * changes something. */
    uint32_t (*step)(struct values *values, uint32_t state,
                     const struct lin_op *op);

    /* Does the operation leave every state as it is, whatever the state? */
    bool (*is_pure)(const struct lin_op *op);

    /* For leaving out early what leads nowhere; NULL: not known. From this
     * state, can operations that are not fresh lead to one in which the read
     * is answered so? Wrong guesses for yes are fine. */
    bool (*may_reach)(struct values *values, uint32_t state,
                      const struct lin_op *read);

    /* Does the operation, once it has been executed, leave nothing of the
     * state before it? For may_reach and explanations; NULL: not known. */
    bool (*is_fresh)(const struct lin_op *op);

    /* What is in a state that is more than a value; NULL: it is not. */
    void (*split)(struct values *values, uint32_t state, uint64_t *version,
                  uint32_t *value);

    /* Could the read's answer come from this operation? For explanations. */
    bool (*could_give)(struct values *values, const struct lin_op *op,
                       const struct lin_op *read);
};

#endif
