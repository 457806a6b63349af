/* fresh.h - runs a job in a freshly executed process, for --verify.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_FRESH_H
#define TESTER_CLI_FRESH_H

#include "tester/run/runner.h"

/* Replace this child of a runner by a fresh process that runs the job with the
 * plug-in at this path. */
_Noreturn void fresh_execute(const struct runner_job *job,
                             const char *impl_path);

/* The main function of that process, "raftlab run-fresh ...". Not for users. */
#define FRESH_NAME "run-fresh"
_Noreturn void fresh_main(int argc, char **argv);

#endif
