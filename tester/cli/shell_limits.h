/* shell_limits.h - are the limits of the shell (ulimit) wide enough?
 * Layer: tester/cli. */
#ifndef TESTER_CLI_SHELL_LIMITS_H
#define TESTER_CLI_SHELL_LIMITS_H

#include "tester/cli/options.h"

/* Raise soft limits that are too low for the runs. False: a hard limit is too
 * low, and one line names it. */
bool shell_limits_suffice(const struct options *options);

#endif
