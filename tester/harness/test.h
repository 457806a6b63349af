/* test.h - one lab test, and one run of it.
 * Layer: tester/harness; includes sim (through impl.h). */
#ifndef TESTER_HARNESS_TEST_H
#define TESTER_HARNESS_TEST_H

#include "tester/harness/impl.h"
#include "tester/harness/verdict.h"

struct cluster; /* the handle of a test's body: cluster.h */

/* One test. Its registration (labs/registry.h) is also its documentation and
 * its entry in the report. */
struct lab_test {
    const char *name;  /* "TestBackup2B": names and parts of 2020 to 2023 */
    const char *title; /* one line */
    const char *part;  /* "2B" */
    const char *file;  /* where the body is; with line, the order of tests */
    int line;
    int servers;
    int points;        /* 0: not graded */
    int time_limit_s;  /* virtual; 0: the usual 120 */
    bool unreliable;   /* the network at the start */
    bool snapshots;    /* the harness takes snapshots every 10 entries */
    enum role service; /* what runs above the Rafts; 0: the harness itself */
    int64_t max_raft_state; /* for the service; 0: it takes no snapshots */
    void (*body)(struct cluster *c);
};

/* How to run a test. */
struct lab_run {
    uint64_t seed; /* as the user gave it */
    enum sim_policy policy;
    struct sim_plugin *impl;    /* the Raft: under test, or below a service */
    struct sim_plugin *service; /* the service: under test, or above a Raft.
                                 * Both may be one plug-in */
    int time_limit_s;           /* virtual; 0: the test's own */
    int trace_fd;               /* 0: no trace */
    bool trace_steps;           /* trace scheduling steps and waits, too */
    uint8_t fill;               /* fresh memory holds this byte; 0: anything */
    bool real;                  /* real threads and real time */
    bool race; /* detect data races; the plug-ins are instrumented */
};

/* Run a test in this process, which can do nothing else afterwards: the child
 * of a runner (run/runner.h). Waits until the test has ended. *verdict is
 * filled in as things happen and is complete on return. A fatal signal ends
 * the process instead, with exit status 3 and the verdict complete. */
void lab_test_run(const struct lab_test *test, const struct lab_run *run,
                  struct verdict *verdict);

#endif
