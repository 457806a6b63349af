/* rsm.h - a replicated state machine: the layer between a service and Raft.
 * Layer: kvraft; public to labs. docs/labs.md §5.
 *
 * It makes any deterministic state machine fault-tolerant: the machines of all
 * servers execute a command that is submitted at one server, in log order, and
 * the submitter gets the result from its own server's machine (paper §2). */
#ifndef KVRAFT_RSM_H
#define KVRAFT_RSM_H

#include "raftapi/raftapi.h"

/* The state machine. One thread at a time calls these functions, in log order,
 * and without holding any lock of the rsm. */
struct rsm_machine {
    void *self; /* passed as their first argument */
    /* Execute a command (borrowed). The caller frees the result. */
    struct bytes (*execute)(void *self, struct bytes command);
    /* Return the complete state, the caller's to free. */
    struct bytes (*snapshot)(void *self);
    /* Replace the state by that of a snapshot (borrowed). An empty snapshot
     * means the state of a new machine. */
    void (*restore)(void *self, struct bytes snapshot);
};

struct rsm_config {
    struct raft_config raft;
    int64_t max_raft_state; /* as in kvraft.h */
    struct rsm_machine machine;
};

struct rsm; /* yours, if your plug-in defines these functions */

/* Create an rsm, and a Raft below it, from what the persister holds. If that
 * includes a snapshot, the machine is restored before this returns. config is
 * borrowed for the call. */
struct rsm *rsm_make(const struct rsm_config *config);

/* Submit a command (copied), and wait until this server's machine has executed
 * it. Return true and store the result, the caller's to free.
 * Return false at once if this server is not the leader, and later if the
 * command lost its place in the log or its fate cannot be known here: then it
 * may have been executed, may be executed later, or never. While the Raft here
 * leads in the same term, the command may still succeed, so keep waiting.
 * Any thread. */
bool rsm_submit(struct rsm *rsm, struct bytes command, struct bytes *result);

/* End everything, as kv_kill() does. Every outstanding rsm_submit() returns
 * false before this returns. */
void rsm_kill(struct rsm *rsm);

#endif
