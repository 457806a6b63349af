/* history.h - is the history of all calls of clerks linearizable?
 * Layer: tester/harness. Call it on fibers of the tester; takes no virtual
 * time. */
#ifndef TESTER_HARNESS_HISTORY_H
#define TESTER_HARNESS_HISTORY_H

#include "tester/harness/test_thread.h"

/* Check all calls so far. Fails the test if they are not linearizable, and
 * prints why; ends it as "unknown" if the search exceeds its limits. */
#define check_linearizable(c) cluster_check_linearizable(HERE(c))
void cluster_check_linearizable(struct cluster *c);

/* ---- For the harness ----------------------------------------------------*/

struct lab;

/* Record what the test does to the servers now, to be shown between the calls
 * around a violation. Nothing without a key/value service. */
void history_note_fault(struct lab *lab, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
