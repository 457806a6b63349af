/* explain.h - the text about threads, made by the grader of what a child has
 * left in a verdict.
 * Layer: tester. */
#ifndef TESTER_EXPLAIN_H
#define TESTER_EXPLAIN_H

#include "sim/plugin.h"
#include "tester/verdict.h"

struct explainer; /* keeps what it has read of the files */

struct explainer *explainer_new(void);
void explainer_free(struct explainer *explainer);

/* Fill in verdict->threads, where and advice, from verdict->run. plugin: the
 * Raft that was tested; valid as long as the explainer. */
void explain(struct explainer *explainer, const struct sim_plugin *plugin,
             struct verdict *verdict);

#endif
