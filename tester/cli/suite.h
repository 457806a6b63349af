/* suite.h - runs tests over seeds, for the commands test and grade.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_SUITE_H
#define TESTER_CLI_SUITE_H

#include "tester/cli/implementation.h"
#include "tester/cli/print_table.h"
#include "tester/cli/progress.h"
#include "tester/cli/report.h"
#include "tester/run/runner.h"

struct suite;

/* How a command shows results. */
struct suite_style {
    const char *command; /* for the report */
    /* Before the runs. */
    void (*heading)(struct suite *suite);
    /* The last run of a test has ended; called in the order of the tests. */
    void (*test_ended)(struct suite *suite, const struct tally *result);
    /* After all runs, before the last line. */
    void (*all_ended)(struct suite *suite);
};

/* How one run of a seed ended, to be compared with another one (--verify). */
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
    size_t next_test;          /* the first whose end has not been shown */
    struct fingerprint *first; /* --verify: of the fresh process, by job */
    uint64_t verified;         /* the number of them that are known */
    int trace_fd, trace_error; /* errno if the trace could not be written */
    bool live; /* one run with --log: print its output as it arrives */
};

/* Execute a command, from the names on the command line to the exit status. */
int suite_main(const struct options *options, const struct suite_style *style);

#endif
