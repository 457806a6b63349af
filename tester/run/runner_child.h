/* runner_child.h - the child's side of the runner.
 * Layer: tester/run, internal to runner.c. */
#ifndef TESTER_RUN_RUNNER_CHILD_H
#define TESTER_RUN_RUNNER_CHILD_H

#include <sys/types.h>

#include "tester/run/runner.h"

/* What a new child needs; valid in its copy of the parent's memory. */
struct runner_start {
    const struct runner_options *options;
    const struct runner_job *job;
    struct verdict *verdict; /* shared with the parent */
    void *context;
    const char *directory; /* to work in; empty */
    const sigset_t *mask;  /* signal mask from before the runner */
    pid_t parent;
    int output_fd;  /* write end of the pipe */
    int verdict_fd; /* the memory behind verdict */
};

/* The two limits that options may leave at 0: theirs or the default. */
uint64_t runner_memory_bytes(const struct runner_options *options);
int runner_hang_wall_s(const struct runner_options *options);

/* In the new child: leave the parent's environment, then run the job. */
_Noreturn void runner_child_main(const struct runner_start *start);

/* In the parent, after the child's end: if the child has not written a complete
 * verdict, derive one from its wait status. hung: the watchdog killed it. */
void runner_judge(struct verdict *verdict, int wait_status, bool hung,
                  const struct runner_options *options);

#endif
