/* raftapi.h - everything that a Raft for the labs includes.
 * Layer: raftapi; public to labs. The contract: docs/raft-contract.md.
 *
 *     RECORD(vote_args, U64(term) INT(candidate_id) ...);     record.h
 *     RPC(RequestVote, vote_args, vote_reply);                labrpc.h
 *     RPC(AppendEntries, append_args, append_reply);
 *     RPCS(&rpc_RequestVote, &rpc_AppendEntries);
 *     struct raft { pthread_mutex_t mu; ... };
 *
 * You write the five functions raft_*() below and a handler on_*() for each
 * RPC. The tester calls raft_make() for each server, and again after each
 * crash; then raft_start() with commands and raft_snapshot() with snapshots.
 * You call the others with call_*() (labrpc.h), save what must survive a crash
 * (persister.h), and hand each committed entry to the service, in the order
 * of the log, with apply_put(). Time, threads and locks are those of POSIX.
 *
 * Ownership. What you pass is copied before the call returns. What a handler
 * gets is yours to read until it returns, and is then overwritten. What a
 * function returns is yours to free.
 *
 * Threads. All five functions and all handlers may run at the same time, each
 * in a thread of its own. Hold no mutex while you call anything that can wait:
 * a call to another server, a sleep, apply_put(). */
#ifndef RAFTAPI_RAFTAPI_H
#define RAFTAPI_RAFTAPI_H

#include "base/assert.h"
#include "base/bytes.h"
#include "base/record.h"
#include "labrpc/labrpc.h"
#include "persister/persister.h"
#include "raftapi/log.h"

struct apply_channel; /* takes committed entries to the service, in order */

struct raft_config {
    int me, count;                   /* own index, number of servers */
    struct labrpc_end *const *peers; /* one end per server, own slot too */
    struct persister *persister;     /* what the previous instance saved */
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

/* ---- You write these five ------------------------------------------------*/

struct raft; /* yours */

/* Create a server from what its persister holds, and start its threads. Must
 * return at once. config is borrowed for the call; what it points to lives as
 * long as the server. */
struct raft *raft_make(const struct raft_config *config);

/* Append a command to the log, if this server is the leader. Must return at
 * once, before the command is replicated. Returns whether it is the leader
 * and, if so, the index at which the command will be if it is ever committed,
 * and the current term. The first command of a cluster has index 1. command is
 * borrowed: copy it. */
struct raft_start raft_start(struct raft *rf, struct bytes command);

/* Return the current term, in every role, and whether this server believes
 * that it is the leader. Must not wait for the network. */
struct raft_state raft_get_state(struct raft *rf);

/* The service has a snapshot of everything up to and including index: discard
 * the log up to there, and save the snapshot with the state. The snapshot is
 * borrowed. */
void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot);

/* End all threads and free everything; they need not wait long, because the
 * apply channel is closed: apply_put() returns false. The tester crashes
 * servers without calling this. */
void raft_kill(struct raft *rf);

/* Declare the RPCs that a server handles, once per plug-in:
 *     RPC(RequestVote, vote_args, vote_reply);   (LABRPC_METHOD of labrpc.h)
 *     RPCS(&rpc_RequestVote, &rpc_AppendEntries); */
#define RPC(method, args, reply) LABRPC_METHOD(raft, Raft, method, args, reply)
#define RPCS(...)                                                              \
    const struct labrpc_method *const raft_rpcs[] = {__VA_ARGS__, NULL}
extern const struct labrpc_method *const raft_rpcs[];

/* ---- You call these (and labrpc.h, persister.h, record.h) ----------------*/

struct apply_msg {
    bool is_snapshot;     /* else a command */
    uint64_t index, term; /* of the entry, or of the last one covered */
    struct bytes bytes;   /* the command, or the snapshot */
};

/* Hand the next committed entry, or a snapshot, to the service. Copies msg.
 * Waits until the service takes it, and the service may call raft_start() or
 * raft_snapshot() first: hold no mutex that these lock. Call from one thread,
 * or the order is lost. False: the channel is closed, the server must end. */
bool apply_put(struct apply_channel *ch, struct apply_msg msg);

/* Take the next message: the other side, for a service above a Raft. Waits for
 * one. The caller then owns msg->bytes. One thread at a time. False: the
 * channel is closed, the server must end; *msg is untouched. */
bool apply_take(struct apply_channel *ch, struct apply_msg *msg);

/* Report the state to the tester, which then checks more: Leader Completeness
 * and the rules of commitment. Optional. Call it under your lock whenever one
 * of these values changes. Cheap; never waits. */
enum lab_role { LAB_FOLLOWER, LAB_CANDIDATE, LAB_LEADER };
void lab_state(struct raft *rf, uint64_t term, enum lab_role role,
               uint64_t commit_index, uint64_t last_index);

#endif
