/* explain.h - why a history is not linearizable, for people and for pictures.
 * Layer: lincheck. */
#ifndef LINCHECK_EXPLAIN_H
#define LINCHECK_EXPLAIN_H

#include <jansson.h>
#include <stdio.h>

#include "lincheck/lincheck.h"

/* Print for each key that is not linearizable: the operation that cannot be
 * given a moment, what it returned, what the state was in an order that came
 * furthest, which operations could have given such an answer and why they
 * could not here, and the end of that order. time_text prints a time of the
 * history ("12.345678 s"); NULL: as a number (lines, where a file has
 * them). */
void lin_explain(const struct lin_history *history,
                 const struct lin_result *result,
                 void (*time_text)(int64_t at, char *text, size_t bytes),
                 FILE *to);

/* The same, and everything that a picture of the history needs, as JSON: the
 * caller's reference. */
json_t *lin_explain_json(const struct lin_history *history,
                         const struct lin_result *result);

#endif
