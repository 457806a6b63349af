/* cluster_state.h - the inside of a cluster, for the harness.
 * Layer: tester, internal. Public face: cluster.h.
 *
 * One OS thread; fibers of the tester change it between their waits. After a
 * wait (a call on a server, a sleep) everything may have changed. */
#ifndef TESTER_HARNESS_CLUSTER_STATE_H
#define TESTER_HARNESS_CLUSTER_STATE_H

#include "labrpc/network.h"
#include "persister/store.h"
#include "sim/node.h"
#include "tester/harness/cluster.h"
#include "tester/harness/impl.h"
#include "tester/harness/oracle.h"

enum { NAME_BYTES = 24 };

struct control; /* control.c */
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
    struct persister *persister; /* what is saved; never NULL */
    struct labrpc_end **peers;   /* of this life, with their names */
    char (*peer_names)[NAME_BYTES];

    /* While it runs: */
    struct raft *raft;    /* NULL: crashed, or being made */
    struct kv_server *kv; /* above it, */
    struct rsm *rsm;      /* or that */
    uint64_t counter;     /* the state of rsm's machine */
    bool making;          /* raft_make runs, since: */
    sim_ns making_since;
    struct apply_channel *apply;
    struct labrpc_server *rpc;
    bool kill_returned; /* at the end of the test */
};

/* The state of a run. */
struct lab {
    const struct lab_test *test;
    const struct lab_run *run;
    struct verdict *verdict;
    uint64_t seed;
    int count;
    struct server *servers;
    struct labrpc_network *net;
    struct oracle *oracle;
    struct control *control; /* of messages; NULL: none */
    struct clients *clients; /* of a key/value service; NULL: none */
    bool not_applicable;     /* the test ends because it is that, */
    bool unknown;            /* or because a verdict was not found */
    const char *file;        /* last copied into the verdict */
    bool body_done;          /* what follows is only the orderly end */
    sim_ns body_end;
};

/* A test's view of it: one for each thread of the test. */
struct cluster {
    struct lab *lab;
    const char *file; /* the step that this thread is in */
    int line;
    uint64_t key, draws; /* random numbers */
    uint64_t children;   /* helpers that it has spawned */
};

/* ---- cluster.c ----------------------------------------------------------*/

/* Fill lab->servers: load, start and connect them. On a tester fiber. */
void lab_start_servers(struct cluster *c);

/* Can a step of the test ask this server? (Who is paused answers later.) */
bool server_answers(const struct server *server);

/* ---- test.c --------------------------------------------------------------*/

/* The server of the thread that runs; NULL: it is none's. */
struct server *lab_server_here(void);

/* ---- cluster_calls.c: running code of a server, on the server -----------*/

/* False if it crashed before the end. The oracle has seen the results. */
bool server_make(struct lab *lab, struct server *server);
const char *server_maker(const struct lab *lab); /* "kv_make" */
bool server_start(struct lab *lab, struct server *server, struct bytes command,
                  struct raft_start *start);
bool server_get_state(struct lab *lab, struct server *server,
                      struct raft_state *state);
bool server_snapshot(struct server *server, uint64_t index,
                     struct bytes snapshot);

/* A copy in the framework's heap of what lies in a server's. */
struct bytes copy_out(struct bytes from);

/* rsm_submit(): *done says what it returned, *result is the caller's. */
bool server_submit(struct server *server, struct bytes command,
                   struct bytes *result, bool *done);

/* Begin to end what runs there (kv_kill, rsm_kill, raft_kill) and do not wait;
 * server->kill_returned says when. */
void server_kill(struct server *server);

/* The name of the function that ends it. */
const char *server_killer(const struct server *server);

/* In real runs: the same when nothing else runs in it; waits until the server
 * is down. */
struct server_parts {
    struct raft *raft;
    struct kv_server *kv;
    struct rsm *rsm;
};
struct server_parts server_take_parts(struct server *server);
void server_end(struct server *server, struct server_parts parts);

/* ---- cluster_thread.c ---------------------------------------------------*/

/* Fail the run: the rule's name and a sentence. From any fiber. */
_Noreturn void lab_fail(struct lab *lab, const char *rule,
                        const char *sentence);

/* ---- applier.c ----------------------------------------------------------*/

/* Take what comes out of the server's channel until it is closed. */
void applier_start(struct lab *lab, struct server *server);

/* ---- rsm_counter.c ------------------------------------------------------*/

/* The machine that a server's rsm replicates: server->counter, from 0 on. */
struct rsm_machine counter_machine(struct server *server);

/* ---- cluster_end.c ------------------------------------------------------*/

/* After the body: raft_kill on the living; what is left is noted. */
void lab_orderly_end(struct lab *lab);

/* What is known of each server into verdict->servers. Async-signal-safe; the
 * sizes of what is saved only if asked for, which is not. */
void lab_describe_servers(struct lab *lab, bool with_saved);

/* Add a line to the notes of the verdict, once. Async-signal-safe. */
void lab_note(struct lab *lab, const char *text);

#endif
