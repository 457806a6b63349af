/* runner.h - running many (test, seed) pairs, each in a child process.
 * Layer: tester. Not on a fiber.
 *
 * Whatever the code under test does - crash, hang, exit(0), eat memory, close
 * descriptors, print megabytes - is a verdict on one run, and the next run
 * goes on. Children have a fixed environment (C locale, UTC, a directory of
 * their own), limits on memory (RLIMIT_DATA), CPU time and captured output. */
#ifndef TESTER_RUNNER_H
#define TESTER_RUNNER_H

#include "base/error.h"
#include "tester/test.h"

struct runner_job {
    const struct lab_test *test;
    struct lab_run run;
};

/* Called in the order in which jobs end. The verdict is borrowed. Returning
 * false stops: no further job is started, running ones are killed. */
typedef bool (*runner_done)(const struct runner_job *job,
                            const struct verdict *verdict, void *context);

struct runner_options {
    int parallel;                /* children at once, >= 1 */
    bool show_output;            /* pass output through as it comes (replay) */
    uint64_t memory_bytes;       /* 0: the default, 1 GiB */
    int hang_wall_s;             /* 0: default 300; last-resort watchdog */
    void (*tick)(void *context); /* some times a second, may be NULL */
};

/* Run all jobs. Returns LAB_OK, or LAB_EIO if children cannot be made. */
enum lab_err runner_run(const struct runner_options *options,
                        const struct runner_job *jobs, size_t count,
                        runner_done done, void *context);

#endif
