/* logview.h - lines of lab_log(), stamped, on the child's standard output.
 * Layer: tester. In the process that runs a test (runner.h). */
#ifndef TESTER_CLI_LOGVIEW_H
#define TESTER_CLI_LOGVIEW_H

#include "tester/cli/print.h"

/* Choose how lines look: before the child is made. columns: the width of the
 * terminal that will show them, 0: none. On a wide terminal every server has
 * a column of its own. */
void logview_init(int columns, bool colour);

/* In the child, before the run: print these topics (lab_log_select) of a test
 * with so many servers. NULL: nothing. */
void logview_select(const char *topics, int servers);

/* The lines for one message, each ended; returns their length. Cut off at
 * size. For tests; logview_select() sets up what writes them. */
size_t logview_format(char *text, size_t size, sim_ns now, int server,
                      const char *topic, const char *message);

#endif
