/* report.h - the results of a suite, and the JSON file made of them.
 * Layer: tester.
 *
 * A report is written to a temporary name beside its place and renamed when
 * it is whole: there is never half of one. Its "version" is 1; later versions
 * of the program add members and change none. 64-bit numbers (seeds, hashes,
 * counts of steps) are strings, because JSON numbers lose bits above 2^53; a
 * run without a hash (real threads, or killed from outside) has null there. */
#ifndef TESTER_CLI_REPORT_H
#define TESTER_CLI_REPORT_H

#include <stdio.h>

#include "base/error.h"
#include "tester/harness/test.h"

enum { REPORT_VERSION = 1 };

/* What is known of a run that did not pass. All members are owned. */
struct failure {
    char *rule, *what; /* "" if unknown */
    char *file;
    int line;
    int server;           /* where the run ended; -1: the tester */
    char *thread, *where; /* where in the code under test; "" unknown */
    /* NULL where only the first failing seed of a test keeps them: */
    char *servers, *threads, *advice, *output;
    bool output_cut;
};

/* One run: what is kept of its verdict. */
struct outcome {
    uint64_t seed;
    enum verdict_kind kind; /* VERDICT_NOT_RUN: has not ended yet */
    uint64_t hash, steps;
    sim_ns now;
    double wall_s;
    struct lab_stats stats;
    uint32_t advice_count;
    char *notes;             /* owned; NULL: none */
    struct failure *failure; /* NULL if passed; why, if not applicable */
};

struct tally {
    const struct lab_test *test;
    struct outcome *outcomes; /* by seed, seed_count of them */
    uint64_t passed, failed;
    uint64_t not_applicable;  /* of the passed ones */
    uint64_t warned;          /* of the passed ones: with notes */
    struct outcome *detailed; /* lowest failing seed so far; has it all */
};

struct results {
    const char *command; /* "test" or "grade" */
    const char *impl;    /* path of the plug-in */
    enum sim_policy policy;
    int time_limit_s;
    bool real;
    uint64_t first_seed, seed_count;
    struct tally *tests;
    size_t test_count;
    uint64_t passed, failed; /* runs */
    double wall_s;
};

void results_init(struct results *results, const struct lab_test *const *tests,
                  size_t test_count, uint64_t first_seed, uint64_t seed_count);
void results_release(struct results *results);

/* Take over what a verdict says into outcome, which belongs to result and has
 * its seed, and count it. */
void results_add(struct results *results, struct tally *result,
                 struct outcome *outcome, const struct verdict *verdict);

/* Have all runs of the test ended? */
bool result_is_whole(const struct results *results, const struct tally *result);

/* A test's points are earned if every one of its seeds passed. */
int result_points(const struct results *results, const struct tally *result);

/* ---- The file -----------------------------------------------------------*/

struct report_file {
    char *path, *temporary; /* temporary NULL: the place is no plain file */
    FILE *stream;
};

/* Before the runs: can a file be written there? On LAB_EIO errno says why
 * not, and file holds nothing. */
enum lab_err report_open(struct report_file *file, const char *path);

/* Write the report and put it in its place. LAB_EIO: errno says why not. The
 * file holds nothing afterwards, in either case. */
enum lab_err report_write(struct report_file *file,
                          const struct results *results);

/* Forget it: nothing is left behind. */
void report_abandon(struct report_file *file);

#endif
