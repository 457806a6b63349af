/* lab.h - the state of one run of a lab test, for the harness.
 * Layer: tester/harness, internal; the body of a test sees cluster.h.
 *
 * All fibers of the tester share it on one OS thread and change it between
 * their waits. After a wait (a call on a server, a sleep) read it again. */
#ifndef TESTER_HARNESS_LAB_H
#define TESTER_HARNESS_LAB_H

#include "labrpc/network.h"
#include "persister/store.h"
#include "sim/node.h"
#include "tester/harness/impl.h"
#include "tester/harness/test.h"

enum { NAME_BYTES = 24 };

struct oracle;  /* oracle.h */
struct flows;   /* flows.c */
struct clients; /* clients.c */

struct server {
    struct lab *lab;
    int index;
    char name[NAME_BYTES]; /* on the network */
    struct sim_node *node;
    struct impl impl;
    struct service_impl service; /* if the test has one */
    uint64_t life;               /* starts so far */
    bool connected;
    struct persister *persister; /* what it has saved; never NULL */
    struct labrpc_end **peers;   /* of this life, and their names */
    char (*peer_names)[NAME_BYTES];

    /* While it runs: */
    struct raft *raft;    /* NULL: crashed, or raft_make has not returned */
    struct kv_server *kv; /* the service above it: this, */
    struct rsm *rsm;      /* or this */
    uint64_t counter;     /* state of the rsm's machine */
    bool making;          /* its make function runs, since: */
    sim_ns making_since;
    struct apply_channel *apply;
    struct labrpc_server *rpc;
    bool kill_returned; /* at the end of the test */
};

struct lab {
    const struct lab_test *test;
    const struct lab_run *run;
    struct verdict *verdict;
    uint64_t seed;
    int count;
    struct server *servers;
    struct labrpc_network *net;
    struct oracle *oracle;
    struct flows *flows;     /* NULL: the test does not control messages */
    struct clients *clients; /* NULL: the test has no clerks */
    bool not_applicable;     /* the test ends for this reason, */
    bool unknown;            /* or because a check could not decide */
    const char *file;        /* copied into the verdict last */
    bool body_done;          /* only the orderly end is left */
    sim_ns body_end;
};

/* A thread's handle on the run: one for each thread of the test. */
struct cluster {
    struct lab *lab;
    const char *file; /* the step that this thread executes */
    int line;
    uint64_t key, draws; /* its stream of random numbers */
    uint64_t children;   /* helpers that it has spawned */
};

/* The run of this process; NULL before the first. A process has one. */
struct lab *lab_running(void);
void lab_set_running(struct lab *lab);

/* The server to which the current thread belongs; NULL: to none. */
struct server *lab_server_here(void);

/* Server number `index`, which must exist. */
struct server *lab_server(const struct lab *lab, int index);

/* Fail the run: name of the rule and a sentence. From any fiber. */
_Noreturn void lab_fail(struct lab *lab, const char *rule,
                        const char *sentence);

/* Add a line to the notes of the verdict unless it is there already.
 * Async-signal-safe. */
void lab_note(struct lab *lab, const char *line);

#endif
