/* suite.h - running tests over seeds, for the commands test and grade.
 * Layer: tester. */
#ifndef TESTER_CLI_SUITE_H
#define TESTER_CLI_SUITE_H

#include "tester/cli/cmd.h"
#include "tester/cli/progress.h"
#include "tester/cli/report.h"
#include "tester/run/runner.h"

struct suite;

/* How the command shows results. */
struct suite_style {
    const char *command; /* for the report */
    /* The test's last run has ended; called in the order of the tests. */
    void (*test_ended)(struct suite *suite, const struct tally *result);
    void (*heading)(struct suite *suite);
    /* After all runs, before the last line. */
    void (*all_ended)(struct suite *suite);
};

/* What ended one run of a seed, to be compared with another (--verify). */
struct fingerprint {
    enum verdict_kind kind;
    enum sim_end end;
    uint64_t hash, steps;
    sim_ns now;
};

struct suite {
    const struct options *options;
    const struct suite_style *style;
    struct look look;
    struct results results;
    struct table table;
    struct implementation impl;
    struct report_file report;
    struct progress progress;
    struct runner_job *jobs; /* test by test, seed by seed */
    size_t job_count;
    size_t next_test;          /* whose end has not been shown yet */
    struct fingerprint *first; /* --verify: of the fresh process, per job */
    uint64_t verified;         /* and how many there are */
    int trace_fd, trace_error; /* its errno, when it could not be written */
    bool live; /* one run with --log: its output is shown as it comes */
};

/* The child of --verify (runner_child; context: the suite). */
void suite_run_fresh(const struct runner_job *job, struct verdict *verdict,
                     void *context);

/* Run a job twice again, here and in a fresh process, with traces of every
 * step, and say where they part: text to follow a sentence (difference.c). */
void difference_find(struct suite *suite, const struct runner_job *job,
                     char *text, size_t room);

/* Everything from the names on the command line to the exit status. */
int suite_main(const struct options *options, const struct suite_style *style);

#endif
