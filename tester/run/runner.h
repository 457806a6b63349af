/* runner.h - runs jobs, pairs of test and seed, each in a child process.
 * Layer: tester/run; includes base and harness. Not on a fiber, not
 * thread-safe.
 *
 * Whatever the code under test does (crash, hang, exit(0), exhaust memory,
 * close descriptors, print megabytes), it leads to a verdict on one run and
 * does not affect the next. Children have a fixed environment (C locale, UTC,
 * an empty directory of their own) and limits on memory (RLIMIT_DATA), CPU time
 * and captured output. */
#ifndef TESTER_RUN_RUNNER_H
#define TESTER_RUN_RUNNER_H

#include <signal.h>

#include "base/error.h"
#include "tester/harness/test.h"

struct runner_job {
    const struct lab_test *test;
    struct lab_run run;
    uint64_t tag; /* for the caller, to recognize the job */
};

/* Called in the order in which jobs end. The verdict is borrowed for the call.
 * Return false to stop: no further job starts, running ones are killed. */
typedef bool (*runner_done)(const struct runner_job *job,
                            const struct verdict *verdict, void *context);

/* Executed in the child instead of lab_test_run(); when it returns, the child
 * ends. The descriptors of the child are 0 (/dev/null), 1 and 2 (captured
 * output), RUNNER_VERDICT_FD (the memory of the verdict, for a program that the
 * child executes) and RUNNER_TRACE_FD if the job has a trace. */
typedef void (*runner_child)(const struct runner_job *job,
                             struct verdict *verdict, void *context);
enum { RUNNER_VERDICT_FD = 3, RUNNER_TRACE_FD = 4 };

/* Exit statuses of a child. */
enum {
    RUNNER_STATUS_DONE = 0,     /* the verdict is complete */
    RUNNER_STATUS_SIGNAL = 3,   /* complete, after a fatal signal (test.h) */
    RUNNER_STATUS_RACE = 66,    /* the thread sanitizer has reported a race */
    RUNNER_STATUS_BROKEN = 125, /* set-up failed; its output says why */
};

struct runner_options {
    int parallel;                /* children at once, >= 1 */
    bool show_output;            /* also print output as it arrives */
    uint64_t memory_bytes;       /* 0: the default, 1 GiB */
    int hang_wall_s;             /* watchdog in real time; 0: default 300 */
    void (*tick)(void *context); /* called about 10 times a second; or NULL */
    runner_child child;          /* NULL: lab_test_run() */
    /* A flag that a signal handler may set: stop as if done had returned false,
     * within 0.1 s. May be NULL. */
    const volatile sig_atomic_t *stop;
};

/* Run all jobs and wait for them. The context is passed to done, tick and
 * child. Flushes the buffered output of this process first. Not for processes
 * with threads, because it forks. Returns LAB_OK, stopped early or not; LAB_EIO
 * with errno if no child can be made. */
enum lab_err runner_run(const struct runner_options *options,
                        const struct runner_job *jobs, size_t count,
                        runner_done done, void *context);

/* Call it when a signal ends this process during runner_run(): kills the
 * children and removes their directories. Async-signal-safe. */
void runner_abandon(void);

#endif
