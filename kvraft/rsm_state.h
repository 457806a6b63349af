/* rsm_state.h - the inside of the replicated state machine.
 * Layer: kvraft.
 *
 *     rsm.c           creating and ending
 *     rsm_submit.c    a command goes into the log, its submitter waits
 *     rsm_apply.c     the applier: commands and snapshots come out of the log
 *     rsm_pending.c   commands that are submitted and not applied yet
 *
 * One lock, rsm->mu, guards what submitters and the applier share. No thread
 * holds it while it calls Raft, the apply channel or the machine: Raft may be
 * waiting for the applier to take a message, and the applier for the lock. */
#ifndef KVRAFT_RSM_STATE_H
#define KVRAFT_RSM_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

#include "kvraft/rsm.h"

/* A command whose submitter waits until the applier reaches its index. The
 * entry there is the same command if the term is equal too: a leader creates
 * at most one entry with an index in its term (paper §5.3, Log Matching).
 * Owned by the submitter, on its stack. */
struct pending {
    uint64_t index, term;
    enum { PENDING, EXECUTED, LOST } fate;
    struct bytes result; /* with EXECUTED; the submitter's */
    pthread_cond_t decided;
    UT_hash_handle hh; /* in rsm->pending while PENDING */
};

/* A result that came before its submitter knew its index. */
struct early_result {
    uint64_t index, term;
    struct bytes result;
    struct early_result *next;
};

struct rsm {
    /* Never change. */
    struct raft *raft;
    struct apply_channel *apply;
    struct persister *persister;
    int64_t max_raft_state;
    pthread_t applier;

    /* Owned by the applier. */
    struct rsm_machine machine;
    uint64_t log_bytes; /* about what the next snapshot removes from the log */

    pthread_mutex_t mu;
    bool killed;
    uint64_t executed; /* index of the last entry that the machine executed */
    struct pending *pending;    /* by index */
    struct early_result *early; /* kept while starting is not 0 */
    int starting;               /* submitters inside raft_start() */

    atomic_int submitters; /* threads in rsm_submit(); not guarded by mu, which
                              they may be waiting for */
};

/* ---- rsm_pending.c: all need rsm->mu ------------------------------------*/

/* Call these around raft_start(). */
void pending_start(struct rsm *rsm);
void pending_started(struct rsm *rsm);

/* Add a command with its index and term, between pending_start() and
 * pending_started(). Its fate may be known already on return. The struct must
 * live until its fate is decided. */
void pending_add(struct rsm *rsm, struct pending *pending);

/* Give up waiting for this command. */
void pending_lose(struct rsm *rsm, struct pending *pending);

/* The machine executed an entry. Takes ownership of the result. */
void pending_executed(struct rsm *rsm, uint64_t index, uint64_t term,
                      struct bytes result);

/* A snapshot replaced the entries up to this index; their results are not
 * known here. */
void pending_skipped(struct rsm *rsm, uint64_t index);

/* No more results will come. */
void pending_lose_all(struct rsm *rsm);

/* ---- rsm_apply.c --------------------------------------------------------*/

/* The applier: the thread that takes from the apply channel until the channel
 * is closed. */
void *rsm_apply(void *rsm);

#endif
