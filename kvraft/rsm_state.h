/* rsm_state.h - the inside of the replicated state machine.
 * Layer: kvraft; for rsm.c, submit.c, waiters.c, reader.c.
 *
 *     rsm.c      beginning and end
 *     submit.c   a command goes into the log, its submitter waits
 *     waiters.c  who waits for which place in the log
 *     reader.c   what comes out of the log: commands, snapshots
 *
 * One lock, rsm->mu, guards what submitters and reader share. Nobody holds it
 * while he calls Raft, the apply channel or the machine: Raft may be waiting
 * for the reader to take something, and the reader for the lock. */
#ifndef KVRAFT_RSM_STATE_H
#define KVRAFT_RSM_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

#include "kvraft/rsm.h"

/* A submitter that waits for its command to come out of the log at this
 * index. It is still the same command if the term is, too: a leader appends
 * one entry per index and term (Raft paper, Figure 3, Log Matching). */
struct waiter {
    uint64_t index, term;
    enum { WAITING, EXECUTED, LOST } fate;
    struct bytes result; /* if executed */
    pthread_cond_t decided;
    UT_hash_handle hh; /* while it waits */
};

/* A result that came before its submitter knew which index to wait for. */
struct early {
    uint64_t index, term;
    struct bytes result;
    struct early *next;
};

struct rsm {
    /* Never change. */
    struct raft *raft;
    struct apply_channel *apply;
    struct persister *persister;
    int64_t max_raft_state;
    pthread_t reader;

    /* The reader's own. */
    struct rsm_machine machine;
    uint64_t log_bytes; /* about what the next snapshot takes off the log */

    pthread_mutex_t mu;
    bool killed;
    uint64_t executed; /* index of the last entry that the machine has seen */
    struct waiter *waiters; /* by index */
    struct early *early;    /* kept while anybody is starting */
    int starting;           /* submitters between raft_start() and its result */

    atomic_int visitors; /* threads in rsm_submit(); not guarded by mu, which
                            they may be waiting for */
};

/* ---- waiters.c: all need rsm->mu ----------------------------------------*/

/* Before raft_start(), and after it. */
void waiters_starting(struct rsm *rsm);
void waiters_started(struct rsm *rsm);

/* Wait for an index and term from now on; the fate may be known already. After
 * waiters_starting() and before waiters_started(). The waiter must stay until
 * its fate is decided. */
void waiters_add(struct rsm *rsm, struct waiter *waiter);

/* This waiter has waited long enough. */
void waiters_lose(struct rsm *rsm, struct waiter *waiter);

/* An entry was executed; takes the result. */
void waiters_executed(struct rsm *rsm, uint64_t index, uint64_t term,
                      struct bytes result);

/* Entries up to this index were executed elsewhere, and their results are not
 * known here. */
void waiters_skipped(struct rsm *rsm, uint64_t index);

/* No more results will come. */
void waiters_lose_all(struct rsm *rsm);

/* ---- reader.c -----------------------------------------------------------*/

/* The thread that takes from the apply channel, until that is closed. */
void *rsm_read(void *rsm);

#endif
