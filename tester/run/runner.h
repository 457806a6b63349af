/* runner.h - running many (test, seed) pairs, each in a child process.
 * Layer: tester. Not on a fiber.
 *
 * Whatever the code under test does - crash, hang, exit(0), eat memory, close
 * descriptors, print megabytes - is a verdict on one run, and the next run
 * goes on. Children have a fixed environment (C locale, UTC, a directory of
 * their own), limits on memory (RLIMIT_DATA), CPU time and captured output. */
#ifndef TESTER_RUN_RUNNER_H
#define TESTER_RUN_RUNNER_H

#include <signal.h>

#include "base/error.h"
#include "tester/harness/test.h"

struct runner_job {
    const struct lab_test *test;
    struct lab_run run;
    uint64_t tag; /* the caller's own: to know the job again */
};

/* Called in the order in which jobs end. The verdict is borrowed. Returning
 * false stops: no further job is started, running ones are killed. */
typedef bool (*runner_done)(const struct runner_job *job,
                            const struct verdict *verdict, void *context);

/* What the child process does with its job, instead of lab_test_run(). Its
 * descriptors are 0 (/dev/null), 1 and 2 (the captured output),
 * RUNNER_VERDICT_FD (the memory of the verdict, for a program that the child
 * executes) and the job's trace. When it returns, the child ends. */
typedef void (*runner_child)(const struct runner_job *job,
                             struct verdict *verdict, void *context);
enum { RUNNER_VERDICT_FD = 3, RUNNER_TRACE_FD = 4 };

/* Exit statuses of a child. */
enum {
    RUNNER_STATUS_DONE = 0,   /* the verdict is whole */
    RUNNER_STATUS_SIGNAL = 3, /* whole, after a fatal signal (test.h) */
    RUNNER_STATUS_RACE = 66,  /* the thread sanitizer has reported something */
    RUNNER_STATUS_BROKEN = 125, /* could not be set up; its output says why */
};

struct runner_options {
    int parallel;                /* children at once, >= 1 */
    bool show_output;            /* pass output through as it comes (replay) */
    uint64_t memory_bytes;       /* 0: the default, 1 GiB */
    int hang_wall_s;             /* 0: default 300; last-resort watchdog */
    void (*tick)(void *context); /* some times a second, may be NULL */
    runner_child child;          /* NULL: lab_test_run() */
    /* Set from a signal handler: stop as if done had returned false. May be
     * NULL. Seen within a tenth of a second. */
    const volatile sig_atomic_t *stop;
};

/* Run all jobs. The context is passed to done, tick and child. Buffered
 * output of this process is flushed first. Not in a process with threads.
 * Returns LAB_OK (stopped early or not), or LAB_EIO if children cannot be
 * made; errno says why. */
enum lab_err runner_run(const struct runner_options *options,
                        const struct runner_job *jobs, size_t count,
                        runner_done done, void *context);

/* This process ends in the middle of runner_run(), by a signal: kill the
 * children and remove their directories. Async-signal-safe. */
void runner_abandon(void);

#endif
