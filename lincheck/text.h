/* text.h - words for operations, as files and explanations have them.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_TEXT_H
#define LINCHECK_TEXT_H

#include <jansson.h>

#include "lincheck/history.h"

/* "get", or "read" of a register. */
const char *lin_function_text(const struct lin_model *model,
                              enum lin_function function);

/* What an operation asked and was answered, as an object: read.h. */
json_t *lin_op_json(const struct lin_history *history, const struct lin_op *op);

#endif
