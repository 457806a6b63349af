/* kvraft.h - everything a key/value service for the labs includes.
 * Layer: kvraft; public to labs.
 *
 * A service is a shared object with the functions below, and the list of calls
 * that its servers answer. It may contain a Raft, too; if not, the reference
 * Raft serves below it. Every server has one instance of the service, which
 * makes the Raft below it and feeds on its apply channel. Clerks run
 * elsewhere: they reach the servers by labrpc only.
 *
 * Ownership as in raftapi.h: what you pass is copied before the call returns;
 * what a handler gets is yours to read until it returns; what a function gives
 * you, you free. */
#ifndef KVRAFT_KVRAFT_H
#define KVRAFT_KVRAFT_H

#include "raftapi/raftapi.h"

/* ---- You write these: the server ----------------------------------------*/

struct kv_config {
    struct raft_config raft; /* to be passed to raft_make(), which is yours to
                              * call, once; take from its apply channel */
    int64_t max_raft_state;  /* when persister_state_bytes() nears this, take a
                              * snapshot; -1: never take one */
};

struct kv_server; /* yours */

/* Create a server from what the persister holds; start its threads and its
 * Raft. Returns at once. config is borrowed for the call. */
struct kv_server *kv_make(const struct kv_config *config);

/* End every thread, the Raft's too (raft_kill()), and free everything. The
 * apply channel is closed already: apply_take() returns false. The tester
 * crashes servers without this. */
void kv_kill(struct kv_server *kv);

/* And the calls that a server answers, once per plug-in:
 *     KV_RPC(Get, get_args, get_reply);       wants on_Get(kv, args, reply)
 *     KV_RPCS(&rpc_Get, &rpc_PutAppend);
 * A handler may wait for the Raft to commit; the tester waits with it. */
#define KV_RPC(method, args, reply)                                            \
    LABRPC_METHOD(kv_server, KV, method, args, reply)
#define KV_RPCS(...)                                                           \
    const struct labrpc_method *const kv_rpcs[] = {__VA_ARGS__, NULL}
extern const struct labrpc_method *const kv_rpcs[];

/* ---- You write these: the clerk -----------------------------------------*/

struct clerk_config {
    int count;
    struct labrpc_end *const *servers; /* in an order of no meaning */
    uint64_t id;                       /* no other clerk of the test has it */
};

struct clerk; /* yours */

/* A client of the service. One call at a time is made on it. config is
 * borrowed for the call; the ends that it leads to live until the end of the
 * test, since calls that nobody waits for any more may outlive the clerk. */
struct clerk *clerk_make(const struct clerk_config *config);
void clerk_free(struct clerk *ck);

/* The value of a key, empty if there is none; the caller's to free. Every one
 * of these takes effect exactly once, however often messages are lost and
 * servers crash, and returns only when it is done. */
struct bytes clerk_get(struct clerk *ck, struct bytes key);
void clerk_put(struct clerk *ck, struct bytes key, struct bytes value);
void clerk_append(struct clerk *ck, struct bytes key, struct bytes value);

#endif
