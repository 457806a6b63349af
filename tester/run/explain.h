/* explain.h - adds texts about threads, with lines of code, to a verdict.
 * Layer: tester/run. In the grader's process, after the child has ended. */
#ifndef TESTER_RUN_EXPLAIN_H
#define TESTER_RUN_EXPLAIN_H

#include "tester/harness/verdict.h"

struct explainer; /* caches what it has read of the files */

struct explainer *explainer_new(void);
void explainer_free(struct explainer *explainer);

/* Fill in verdict->threads, where and advice from verdict->run. The plug-ins
 * under test must be open in this process under the same numbers, and stay open
 * as long as the explainer exists. */
void explain(struct explainer *explainer, struct verdict *verdict);

#endif
