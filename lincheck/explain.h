/* explain.h - why a history is not linearizable, for people and for pictures.
 * Layer: lincheck. */
#ifndef LINCHECK_EXPLAIN_H
#define LINCHECK_EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include "lincheck/lincheck.h"

/* How times of a history are shown. NULL: by lines, or as numbers. */
typedef void (*lin_time_text)(int64_t at, char *text, size_t bytes);

/* "client 2  append "x 1 4 y" to "3"", without times; cut where it does not
 * fit, long values in their middle. */
void lin_op_text(const struct lin_history *history, size_t op, char *text,
                 size_t bytes);

/* When an operation ran. False: it has not returned. */
bool lin_op_times(const struct lin_history *history, size_t op, int64_t *call,
                  int64_t *ret);

/* Is the operation about this key? */
bool lin_op_has_key(const struct lin_history *history, size_t op,
                    struct bytes key);

/* Print, for each key that is not linearizable: the operation that cannot be
 * given a moment; the end of an order that comes as far as any, and the value
 * that it leaves; which operations could have given such an answer, and why
 * they did not here; and what was pending. */
void lin_explain(const struct lin_history *history,
                 const struct lin_result *result, lin_time_text time_text,
                 FILE *to);

/* The same as JSON, with all operations of these keys, for pictures: the
 * caller's reference. docs/lincheck.md has the members. */
json_t *lin_explain_json(const struct lin_history *history,
                         const struct lin_result *result);

#endif
