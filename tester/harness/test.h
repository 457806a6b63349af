/* test.h - the lab tests: registration, look-up, and running one.
 * Layer: tester. */
#ifndef TESTER_HARNESS_TEST_H
#define TESTER_HARNESS_TEST_H

#include "tester/harness/impl.h"
#include "tester/run/verdict.h"

struct cluster; /* cluster.h: what a test body works with */

/* One test. The registration is also the documentation and the report. */
struct lab_test {
    const char *name;  /* "TestBackup2B": names and parts of 2020-2023 */
    const char *title; /* one line */
    const char *part;  /* "2B" */
    const char *file;  /* where the body is; with line, the order of tests */
    int line;
    int servers;
    int points;        /* 0: not graded */
    int time_limit_s;  /* virtual; 0: the usual 120 */
    bool unreliable;   /* network at the start */
    bool snapshots;    /* appliers take snapshots every 10 entries */
    enum role service; /* what runs above the Rafts; 0: the tester itself */
    int64_t max_raft_state; /* for the service; 0: it takes no snapshots */
    void (*body)(struct cluster *c);
};

/* LAB_TEST(TestX2A, "what it shows", .part = "2A", .servers = 3, .points = 5)
 * { ...; } registers a test by being linked in. */
#define LAB_TEST(test, text, ...)                                              \
    static void body_##test(struct cluster *c);                                \
    static const struct lab_test test = {.name = #test,                        \
                                         .title = (text),                      \
                                         .file = __FILE__,                     \
                                         .line = __LINE__,                     \
                                         .body = body_##test,                  \
                                         __VA_ARGS__};                         \
    static const struct lab_test *const entry_##test                           \
        __attribute__((used, section("raftlab_tests"))) = &test;               \
    static void body_##test(struct cluster *c)

/* All tests, ordered by part, file and line. Static storage. */
const struct lab_test *const *lab_tests(size_t *count);

/* One of those that are run and graded unless others are named: not the
 * directed ones (part S), which have no points. */
bool lab_test_is_graded(const struct lab_test *test);

/* By exact name, or by the 2024-2026 name ("TestBackup3B"); NULL if none. */
const struct lab_test *lab_test_find(const char *name);

/* How to run a test. */
struct lab_run {
    uint64_t seed; /* as the user gave it */
    enum sim_policy policy;
    struct sim_plugin *impl;    /* the Raft under test, or below a service */
    struct sim_plugin *service; /* the service under test, or above a Raft; may
                                 * be the same */
    int time_limit_s;           /* virtual; 0: the test's own */
    int trace_fd;               /* 0: none */
    bool trace_steps;           /* of the scheduler, too */
    uint8_t fill;               /* of fresh memory; 0: anything */
    bool real;                  /* real threads and real time */
    bool race;                  /* look for data races; impl is instrumented */
};

/* Run a test in this process, which is lost for anything else afterwards:
 * the child of a grader (runner.h). *verdict is filled as things happen and
 * is complete on return; a fatal signal ends the process instead, with the
 * verdict complete (exit status 3). */
void lab_test_run(const struct lab_test *test, const struct lab_run *run,
                  struct verdict *verdict);

#endif
