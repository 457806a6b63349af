/* explain.h - why a history is not linearizable, as text and as JSON.
 * Layer: lincheck; public. */
#ifndef LINCHECK_EXPLAIN_H
#define LINCHECK_EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include "lincheck/lincheck.h"

/* Print a time of a history as text. NULL: show lines, or numbers. */
typedef void (*lin_time_text)(int64_t at, char *text, size_t bytes);

/* Print an operation without times: client 2  append "x 1 4 y". Truncates it
 * to `bytes`, and long values in their middle. */
void lin_op_text(const struct lin_history *history, size_t op, char *text,
                 size_t bytes);

/* Return the times of call and return. False: the operation is open. */
bool lin_op_times(const struct lin_history *history, size_t op, int64_t *call,
                  int64_t *ret);

/* Is the operation on this key? */
bool lin_op_has_key(const struct lin_history *history, size_t op,
                    struct bytes key);

/* Print, for each key that is not linearizable: the operation without a
 * linearization point; the end of the longest linearizable prefix, and the
 * state after it; from which operations the response could come, and why it
 * does not come from them; and the operations that were pending. time_text may
 * be NULL. */
void lin_explain(const struct lin_history *history,
                 const struct lin_result *result, lin_time_text time_text,
                 FILE *to);

/* Return the same as JSON, with all operations on these keys, so that it can be
 * drawn. The caller owns the reference. docs/lincheck.md lists the members. */
json_t *lin_explain_json(const struct lin_history *history,
                         const struct lin_result *result);

#endif
