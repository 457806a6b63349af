/* runner_child.h - the part of the runner that is on the child's side.
 * Layer: tester; internal to runner.c. */
#ifndef TESTER_RUN_RUNNER_CHILD_H
#define TESTER_RUN_RUNNER_CHILD_H

#include <sys/types.h>

#include "tester/run/runner.h"

/* What a new child has to know; valid in its copy of the parent's memory. */
struct runner_start {
    const struct runner_options *options;
    const struct runner_job *job;
    struct verdict *verdict; /* shared with the parent */
    void *context;
    const char *directory; /* to work in, empty */
    const sigset_t *mask;  /* of signals, from before the runner */
    pid_t parent;
    int output_fd;  /* write end of the pipe */
    int verdict_fd; /* the memory behind verdict */
};

/* Defaults of the two limits that options may leave at 0. */
uint64_t runner_memory_bytes(const struct runner_options *options);
int runner_hang_wall_s(const struct runner_options *options);

/* In the new child: shut out the parent's world, then run the job. */
_Noreturn void runner_child_main(const struct runner_start *start);

/* In the parent, after the child's end: is what it wrote a whole verdict? If
 * not, make one from the wait status. hung: the parent killed it. */
void runner_judge(struct verdict *verdict, int wait_status, bool hung,
                  const struct runner_options *options);

#endif
