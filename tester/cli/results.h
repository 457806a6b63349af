/* results.h - the results of a suite in memory.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_RESULTS_H
#define TESTER_CLI_RESULTS_H

#include "tester/harness/test.h"

/* What is known of a run that did not pass. It owns all members. */
struct failure {
    char *rule, *what; /* "" unknown */
    char *file;        /* the step of the test; "" none */
    int line;
    int server;           /* where the run ended; -1: the tester */
    char *thread, *where; /* the place in the code under test; "" unknown */
    /* Only for the lowest failing seed of a test, else NULL: */
    char *servers, *threads, *advice, *output;
    bool output_cut;
};

/* One run: what is kept of its verdict. */
struct outcome {
    uint64_t seed;
    enum verdict_kind kind; /* VERDICT_NOT_RUN: it has not ended */
    uint64_t hash, steps;
    sim_ns now;
    double wall_s;
    struct lab_stats stats;
    uint32_t advice_count;
    char *notes;             /* owned; NULL: none */
    struct failure *failure; /* owned; NULL if passed, but set if the test was
                              * not applicable */
};

/* One test. */
struct tally {
    const struct lab_test *test;
    struct outcome *outcomes; /* seed_count of them, by seed */
    uint64_t passed, failed;
    uint64_t not_applicable;  /* of the passed runs */
    uint64_t warned;          /* of the passed runs: those with notes */
    struct outcome *detailed; /* the lowest failing seed so far; NULL: none */
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

/* Copy what a verdict says to outcome, which belongs to result and has the
 * verdict's seed, and count it. */
void results_add(struct results *results, struct tally *result,
                 struct outcome *outcome, const struct verdict *verdict);

/* Have all runs of the test ended? */
bool result_is_complete(const struct results *results,
                        const struct tally *result);

/* The points of a test, earned if all of its seeds passed. */
int result_points(const struct results *results, const struct tally *result);

#endif
