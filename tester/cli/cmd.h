/* cmd.h - the commands of raftlab.
 * Layer: tester/cli. Command X is cmd_X() in cmd_X.c, which main.c calls; it
 * returns the exit status. */
#ifndef TESTER_CLI_CMD_H
#define TESTER_CLI_CMD_H

#include "tester/cli/options.h"

enum {
    STATUS_PASSED = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2, /* wrong usage or set-up; one line was printed */
    STATUS_INTERRUPTED = 130,
};

int cmd_list(const struct options *options);
int cmd_test(const struct options *options);
int cmd_replay(const struct options *options);
int cmd_grade(const struct options *options);
int cmd_flags(const struct options *options);
int cmd_debug(const struct options *options);
int cmd_lincheck(const struct options *options);
int cmd_datadriven(const struct options *options);
int cmd_help(const struct options *options);

#endif
