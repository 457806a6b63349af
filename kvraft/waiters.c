/* waiters.c - who waits for which place in the log.
 * Layer: kvraft. Needs rsm->mu. */
#include "kvraft/rsm_state.h"

#include <stdlib.h>

static struct waiter *find(const struct rsm *rsm, uint64_t index)
{
    struct waiter *waiter;

    HASH_FIND(hh, rsm->waiters, &index, sizeof(index), waiter);
    return waiter;
}

static void decide(struct rsm *rsm, struct waiter *waiter, bool executed,
                   struct bytes result)
{
    LAB_ASSERT(waiter->fate == WAITING);
    HASH_DELETE(hh, rsm->waiters, waiter);
    waiter->fate = executed ? EXECUTED : LOST;
    waiter->result = result;
    pthread_cond_signal(&waiter->decided);
}

void waiters_lose(struct rsm *rsm, struct waiter *waiter)
{
    decide(rsm, waiter, false, (struct bytes){NULL, 0});
}

/* ---- Results that come early --------------------------------------------*/

/* raft_start() says the index, and nobody holds a lock meanwhile. So the entry
 * may be committed and executed before its submitter can say that it waits.
 * Results without a waiter are therefore kept as long as anybody is in
 * raft_start(); that is for moments. */
void waiters_starting(struct rsm *rsm)
{
    rsm->starting++;
}

void waiters_started(struct rsm *rsm)
{
    LAB_ASSERT(rsm->starting > 0);
    rsm->starting--;
    while (rsm->starting == 0 && rsm->early) {
        struct early *early = rsm->early;
        rsm->early = early->next;
        bytes_free(&early->result);
        free(early);
    }
}

static void keep_early(struct rsm *rsm, uint64_t index, uint64_t term,
                       struct bytes result)
{
    struct early *early = lab_xcalloc(1, sizeof(*early));

    *early = (struct early){index, term, result, rsm->early};
    rsm->early = early;
}

/* The index has passed already. */
static void decide_late(struct rsm *rsm, struct waiter *waiter)
{
    waiter->fate = LOST;
    for (struct early *at = rsm->early; at; at = at->next) {
        if (at->index == waiter->index && at->term == waiter->term) {
            waiter->fate = EXECUTED;
            waiter->result = at->result;
            at->result = (struct bytes){NULL, 0};
        }
    }
}

/* ---- Waiting ------------------------------------------------------------*/

void waiters_add(struct rsm *rsm, struct waiter *waiter)
{
    LAB_ASSERT(rsm->starting > 0); /* else an early result is gone */
    if (waiter->index <= rsm->executed) {
        decide_late(rsm, waiter);
        return;
    }
    /* Two at one index: this server has led in two terms, and the entry of the
     * first is gone from its log. */
    struct waiter *former = find(rsm, waiter->index);
    if (former) {
        LAB_ASSERT(former->term != waiter->term);
    }
    if (former && former->term > waiter->term) {
        waiter->fate = LOST;
        return;
    }
    if (former) {
        waiters_lose(rsm, former);
    }
    waiter->fate = WAITING;
    HASH_ADD(hh, rsm->waiters, index, sizeof(waiter->index), waiter);
}

void waiters_executed(struct rsm *rsm, uint64_t index, uint64_t term,
                      struct bytes result)
{
    struct waiter *waiter = find(rsm, index);

    LAB_ASSERT(index > rsm->executed);
    rsm->executed = index;
    if (waiter && waiter->term == term) {
        decide(rsm, waiter, true, result);
        return;
    }
    if (waiter) {
        waiters_lose(rsm, waiter); /* another command took its place */
    }
    if (rsm->starting > 0) {
        keep_early(rsm, index, term, result);
    } else {
        bytes_free(&result);
    }
}

void waiters_skipped(struct rsm *rsm, uint64_t index)
{
    struct waiter *waiter, *next;

    LAB_ASSERT(index > rsm->executed);
    rsm->executed = index;
    HASH_ITER (hh, rsm->waiters, waiter, next) {
        if (waiter->index <= index) {
            waiters_lose(rsm, waiter);
        }
    }
}

void waiters_lose_all(struct rsm *rsm)
{
    struct waiter *waiter, *next;

    HASH_ITER (hh, rsm->waiters, waiter, next) {
        waiters_lose(rsm, waiter);
    }
}
