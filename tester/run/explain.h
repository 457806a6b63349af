/* explain.h - the text about threads, made by the grader of what a child has
 * left in a verdict.
 * Layer: tester. */
#ifndef TESTER_RUN_EXPLAIN_H
#define TESTER_RUN_EXPLAIN_H

#include "tester/harness/verdict.h"

struct explainer; /* keeps what it has read of the files */

struct explainer *explainer_new(void);
void explainer_free(struct explainer *explainer);

/* Fill in verdict->threads, where and advice, from verdict->run. The plug-ins
 * that were tested are open in this process, by the same numbers, and stay so
 * as long as the explainer. */
void explain(struct explainer *explainer, struct verdict *verdict);

#endif
