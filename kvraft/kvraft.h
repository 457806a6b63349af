/* kvraft.h - the one header that a key/value service for the labs includes.
 * Layer: kvraft; public to labs.
 *
 * A service is a shared object with the functions below and the list of RPCs
 * that its servers handle. It may contain a Raft too; otherwise the reference
 * Raft runs below it. Every server runs one instance of the service, which
 * creates its Raft and takes from the apply channel. Clerks run elsewhere and
 * reach the servers only through labrpc.
 *
 * Ownership as in raftapi.h: what you pass is copied before the call returns;
 * a handler may read its arguments until it returns; what a function gives
 * you, you free. */
#ifndef KVRAFT_KVRAFT_H
#define KVRAFT_KVRAFT_H

#include "raftapi/raftapi.h"

/* ---- You write these: the server ----------------------------------------*/

struct kv_config {
    struct raft_config raft; /* pass it to raft_make(), once; then take from
                              * its apply channel */
    int64_t max_raft_state;  /* limit in bytes: make a snapshot when
                              * persister_state_bytes() nears it; -1: never
                              * make one */
};

struct kv_server; /* yours */

/* Create a server from what the persister holds; start its threads and its
 * Raft. Returns without waiting. config is borrowed for the call; what it
 * points to lives as long as the server. */
struct kv_server *kv_make(const struct kv_config *config);

/* End every thread, those of the Raft too (raft_kill()), and free everything.
 * The apply channel is closed already: apply_take() returns false. The tester
 * crashes servers without calling this. */
void kv_kill(struct kv_server *kv);

/* And list the RPCs that a server handles, once per plug-in:
 *     KV_RPC(Get, get_args, get_reply);     you define on_Get(kv, args, reply)
 *     KV_RPCS(&rpc_Get, &rpc_PutAppend);
 * A handler may wait for the Raft to commit. */
#define KV_RPC(method, args, reply)                                            \
    LABRPC_METHOD(kv_server, KV, method, args, reply)
#define KV_RPCS(...)                                                           \
    const struct labrpc_method *const kv_rpcs[] = {__VA_ARGS__, NULL}
extern const struct labrpc_method *const kv_rpcs[];

/* ---- You write these: the clerk -----------------------------------------*/

struct clerk_config {
    int count;
    struct labrpc_end *const *servers; /* in random order: an index here is not
                                        * the index of a server */
    uint64_t id;                       /* unique in the test */
};

struct clerk; /* yours */

/* Create a client of the service. The tester makes one call at a time on it.
 * config is borrowed for the call; the ends in it live until the end of the
 * test, because outstanding RPCs may outlive the clerk. */
struct clerk *clerk_make(const struct clerk_config *config);
void clerk_free(struct clerk *ck);

/* Get returns the value of a key, empty if there is none, the caller's to
 * free. Put sets the value; Append appends to it. Each waits until it has
 * taken effect, exactly once, however often messages are lost and servers
 * crash (paper §8). */
struct bytes clerk_get(struct clerk *ck, struct bytes key);
void clerk_put(struct clerk *ck, struct bytes key, struct bytes value);
void clerk_append(struct clerk *ck, struct bytes key, struct bytes value);

#endif
