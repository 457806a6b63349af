/* logview.h - prints the lines of lab_log() with time, server and topic.
 * Layer: tester/cli. In the child process that runs a test (run/runner.h). */
#ifndef TESTER_CLI_LOGVIEW_H
#define TESTER_CLI_LOGVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/sim.h"

/* Choose the form of the lines, before the child is made. columns: the width of
 * the terminal, 0: none. On a wide terminal every server has its own column. */
void logview_init(int columns, bool colour);

/* In the child, before the run: select the topics to print (lab_log_select, in
 * raftapi/service.h) of a test with this number of servers. NULL: none. */
void logview_select(const char *topics, int servers);

/* Format one message as one or more lines, cut off at size, and return their
 * length. For tests. */
size_t logview_format(char *text, size_t size, sim_ns now, int server,
                      const char *topic, const char *message);

#endif
