/* verdict.h - the result of one run of one test: data, never a return code.
 * Layer: tester/harness; includes base and sim.
 *
 * Plain data without pointers: a verdict lies in memory that the grader shares
 * with the child process that runs the test, and is filled in as things
 * happen. So it says something even if the child is killed. */
#ifndef TESTER_HARNESS_VERDICT_H
#define TESTER_HARNESS_VERDICT_H

#include "sim/sim.h"

/* name, word in reports, whether it counts as passed */
#define VERDICTS(X)                                                            \
    X(VERDICT_NOT_RUN, "not run", false)                                       \
    X(VERDICT_PASS, "pass", true)                                              \
    X(VERDICT_NOT_APPLICABLE, "not applicable", true)                          \
    X(VERDICT_FAIL, "fail", false)         /* a rule was broken */             \
    X(VERDICT_UNKNOWN, "unknown", false)   /* a check could not decide */      \
    X(VERDICT_MISUSE, "misuse", false)     /* an API used wrongly */           \
    X(VERDICT_RACE, "data race", false)    /* unordered accesses to memory */  \
    X(VERDICT_CRASH, "crash", false)       /* fatal signal, assertion */       \
    X(VERDICT_EXIT, "exit", false)         /* called exit() or the like */     \
    X(VERDICT_MEMORY, "memory", false)     /* memory limit */                  \
    X(VERDICT_DEADLOCK, "deadlock", false) /* no thread can ever run again */  \
    X(VERDICT_LIVELOCK, "livelock", false) /* busy without progress */         \
    X(VERDICT_TIMEOUT, "timeout", false)   /* virtual time limit */            \
    X(VERDICT_NONDETERMINISTIC, "nondeterministic", false)                     \
    X(VERDICT_INTERNAL, "internal", false) /* a bug of raftlab itself */

enum verdict_kind {
#define VERDICT_ENUM(name, text, passed) name,
    VERDICTS(VERDICT_ENUM)
#undef VERDICT_ENUM
};

/* The word in reports; "unknown" for a kind outside the list. */
const char *verdict_text(enum verdict_kind kind);
bool verdict_passed(enum verdict_kind kind);

/* The statistics that the Go labs print. */
struct lab_stats {
    int servers;
    uint64_t rpcs, rpc_bytes; /* as counted by labrpc, since the test began */
    uint64_t commits;         /* highest index that a server has applied */
    uint64_t ops;             /* calls of clerks */
};

struct verdict {
    enum verdict_kind kind;
    char rule[64];   /* the rule that was broken, e.g. "election safety" */
    char what[1024]; /* one sentence: term, index, servers */
    char file[128];  /* the step that the test executed; "" unknown */
    int line;
    char servers[8192]; /* on failure: one line for each server */
    char notes[1024];   /* lines: breaks no rule, but is hardly intended */
    struct lab_stats stats;
    struct sim_result run; /* virtual time, steps, hash, threads */
    /* Written by the grader, not by the child: */
    double wall_s;
    char output[65536]; /* the end of what the code under test printed */
    bool output_cut;    /* there was more */
    /* explain.h derives these from run; "" if the run passed: */
    char threads[32768]; /* what each thread waits for, and where */
    char where[1024];    /* the place in the code under test where it ended */
    char advice[8192];   /* also if the run passed */
};

#endif
