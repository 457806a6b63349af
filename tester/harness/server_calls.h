/* server_calls.h - runs code of a server on threads of that server.
 * Layer: tester/harness, internal. Call it on fibers of the tester.
 *
 * Every call waits for its result, or until the server has crashed: then it
 * returns false. The oracle has seen each result before it is returned. */
#ifndef TESTER_HARNESS_SERVER_CALLS_H
#define TESTER_HARNESS_SERVER_CALLS_H

#include "tester/harness/lab.h"

/* Make the Raft, or the service with its Raft: sets raft, kv and rsm. */
bool server_make(struct lab *lab, struct server *server);

/* The function that does that: "raft_make", "kv_make" or "rsm_make". */
const char *server_maker(const struct lab *lab);

/* raft_start(), raft_get_state() and raft_snapshot() of a running server. */
bool server_start(struct lab *lab, struct server *server, struct bytes command,
                  struct raft_start *start);
bool server_get_state(struct lab *lab, struct server *server,
                      struct raft_state *state);
bool server_snapshot(struct server *server, uint64_t index,
                     struct bytes snapshot);

/* rsm_submit(): *done is what it returned; the caller owns *result. */
bool server_submit(struct server *server, struct bytes command,
                   struct bytes *result, bool *done);

/* Start kv_kill(), rsm_kill() or raft_kill() and return at once;
 * server->kill_returned becomes true when it has returned. */
void server_kill(struct server *server);

/* The function that does that: "kv_kill", "rsm_kill" or "raft_kill". */
const char *server_killer(const struct server *server);

/* What runs on a server. */
struct server_parts {
    struct raft *raft;
    struct kv_server *kv;
    struct rsm *rsm;
};

/* Take them away from the server: for the tester it no longer runs. */
struct server_parts server_take_parts(struct server *server);

/* In real runs: kill these parts when nothing else runs on the server, and
 * wait until it is down. */
void server_end(struct server *server, struct server_parts parts);

/* Copy bytes from the heap of a server, which a crash destroys, to the heap of
 * the framework. The caller owns the copy. */
struct bytes copy_out(struct bytes from);

#endif
