/* rsm.h - a replicated state machine: what lies between a service and Raft.
 * Layer: kvraft; public to labs. docs/labs.md §5.5.
 *
 * Any deterministic machine becomes fault-tolerant above this: a command that
 * is submitted at one server is executed by the machines of all servers, in
 * the order of the log, and the submitter gets the result of its own. */
#ifndef KVRAFT_RSM_H
#define KVRAFT_RSM_H

#include "raftapi/raftapi.h"

/* What is replicated. The functions are called by one thread at a time, in the
 * order of the log, without any lock of the rsm's. */
struct rsm_machine {
    void *self; /* their first argument */
    /* Execute a command (borrowed). The result is the caller's to free. */
    struct bytes (*execute)(void *self, struct bytes command);
    /* All of the state, the caller's to free; and the way back. No bytes at
     * all stand for the state that a new machine has. */
    struct bytes (*snapshot)(void *self);
    void (*restore)(void *self, struct bytes snapshot);
};

struct rsm_config {
    struct raft_config raft;
    int64_t max_raft_state; /* as in kvraft.h */
    struct rsm_machine machine;
};

struct rsm; /* yours, in a plug-in that offers these */

/* Create it with a Raft below it, from what the persister holds: if that is a
 * snapshot, the machine is restored before this returns. */
struct rsm *rsm_make(const struct rsm_config *config);

/* Have a command executed by all. Waits until this server's machine has, and
 * stores the result (the caller's to free); or until it is known that the
 * command lost its place in the log, or that it cannot be known here: false.
 * Then it may have been executed, or may be later, or never. As long as the
 * Raft here says that it leads in the same term, the command may succeed: wait.
 * Also false at once if this server does not lead. Any thread. */
bool rsm_submit(struct rsm *rsm, struct bytes command, struct bytes *result);

/* As kv_kill(): every rsm_submit() under way returns false before this does. */
void rsm_kill(struct rsm *rsm);

#endif
