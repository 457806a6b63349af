/* raftapi.h - everything a Raft for the labs includes: one screen.
 * Layer: raftapi; public to labs.
 *
 * Ownership, once: what you pass is copied before the call returns; what a
 * handler gets is yours to read until it returns (and is overwritten then);
 * what a function gives you, you free. Hold no mutex while you call anything
 * that can wait: calls to other servers, sleeps, apply_put(). */
#ifndef RAFTAPI_RAFTAPI_H
#define RAFTAPI_RAFTAPI_H

#include "base/assert.h"
#include "base/bytes.h"
#include "base/record.h"
#include "labrpc/labrpc.h"
#include "persister/persister.h"
#include "raftapi/log.h"

struct apply_channel; /* where committed entries go, in order */

struct raft_config {
    int me, count;                   /* own index, number of servers */
    struct labrpc_end *const *peers; /* one end per server, own slot too */
    struct persister *persister;     /* what the last instance saved */
    struct apply_channel *apply;
};
struct raft_start {
    bool is_leader;
    uint64_t index, term;
};
struct raft_state {
    bool is_leader;
    uint64_t term;
};

/* ---- You write these five -----------------------------------------------*/

struct raft; /* yours */

/* Create a server from what its persister holds; start its threads. Returns
 * at once. config is borrowed for the call; what it points to lives as long
 * as the server. */
struct raft *raft_make(const struct raft_config *config);

/* Ask to append a command. Returns at once: whether this server leads; if
 * so, the index that the command gets if it is ever committed, and the term.
 * The first command of a cluster has index 1. */
struct raft_start raft_start(struct raft *rf, struct bytes command);

/* The current term, in every role, and whether this server believes that it
 * leads. Never waits for the network. */
struct raft_state raft_get_state(struct raft *rf);

/* The service has a snapshot of everything up to and including index: trim
 * the log, save the snapshot with the state. */
void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot);

/* End every thread and free everything. The apply channel is closed already:
 * apply_put() returns false. The tester crashes servers without this. */
void raft_kill(struct raft *rf);

/* And the calls that your server answers, once per plug-in:
 *     RPC(RequestVote, vote_args, vote_reply);   (see labrpc.h)
 *     RPCS(&rpc_RequestVote, &rpc_AppendEntries); */
#define RPC(method, args, reply) LABRPC_METHOD(raft, Raft, method, args, reply)
#define RPCS(...)                                                              \
    const struct labrpc_method *const raft_rpcs[] = {__VA_ARGS__, NULL}
extern const struct labrpc_method *const raft_rpcs[];

/* ---- You call these (and labrpc.h, persister.h, record.h) ---------------*/

struct apply_msg {
    bool is_snapshot;     /* else a command */
    uint64_t index, term; /* of the entry, or of the last one covered */
    struct bytes bytes;   /* the command, or the snapshot */
};

/* Hand the next committed entry, or a snapshot, to the service. Waits until
 * it is taken, so never hold a mutex here that raft_snapshot() or raft_start()
 * wants. Copies. False: the channel is closed, the server is to end. */
bool apply_put(struct apply_channel *ch, struct apply_msg msg);

/* The other side, for a service above a Raft: take the next message; waits for
 * one. You own msg->bytes. False: the channel is closed, the server is to
 * end. One taker at a time. */
bool apply_take(struct apply_channel *ch, struct apply_msg *msg);

/* Optional: tell the tester what changed, and it checks more (commit rules,
 * leader completeness). Call it under your lock at each change. Costs next
 * to nothing and never waits. */
enum lab_role { LAB_FOLLOWER, LAB_CANDIDATE, LAB_LEADER };
void lab_state(struct raft *rf, uint64_t term, enum lab_role role,
               uint64_t commit_index, uint64_t last_index);

#endif
