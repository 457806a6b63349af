/* rsm_pending.c - commands that are submitted and not applied yet, by index.
 * Layer: kvraft. Needs rsm->mu. */
#include "kvraft/rsm_state.h"

#include <stdlib.h>

static struct pending *find(const struct rsm *rsm, uint64_t index)
{
    struct pending *pending;

    HASH_FIND(hh, rsm->pending, &index, sizeof(index), pending);
    return pending;
}

/* Takes ownership of the result. */
static void decide(struct rsm *rsm, struct pending *pending, bool executed,
                   struct bytes result)
{
    LAB_ASSERT(pending->fate == PENDING);
    HASH_DELETE(hh, rsm->pending, pending);
    pending->fate = executed ? EXECUTED : LOST;
    pending->result = result;
    pthread_cond_signal(&pending->decided);
}

void pending_lose(struct rsm *rsm, struct pending *pending)
{
    decide(rsm, pending, false, (struct bytes){NULL, 0});
}

/* ---- Early results ------------------------------------------------------*/

/* raft_start() returns the index, and the submitter holds no lock meanwhile.
 * So the entry may be committed and executed before the submitter can add its
 * command. As long as any submitter is inside raft_start(), which is short,
 * results that match no pending command are kept. */
void pending_start(struct rsm *rsm)
{
    rsm->starting++;
}

void pending_started(struct rsm *rsm)
{
    LAB_ASSERT(rsm->starting > 0);
    rsm->starting--;
    while (rsm->starting == 0 && rsm->early) {
        struct early_result *early = rsm->early;
        rsm->early = early->next;
        bytes_free(&early->result);
        free(early);
    }
}

static void keep_early(struct rsm *rsm, uint64_t index, uint64_t term,
                       struct bytes result)
{
    struct early_result *early = lab_xcalloc(1, sizeof(*early));

    LAB_ASSERT(rsm->starting > 0); /* else nobody frees it */
    *early = (struct early_result){index, term, result, rsm->early};
    rsm->early = early;
}

/* The machine has passed the index: decide from the early results. */
static void decide_early(struct rsm *rsm, struct pending *pending)
{
    pending->fate = LOST;
    for (struct early_result *at = rsm->early; at; at = at->next) {
        if (at->index == pending->index && at->term == pending->term) {
            LAB_ASSERT(pending->fate == LOST); /* executed once */
            pending->fate = EXECUTED;
            pending->result = at->result;
            at->result = (struct bytes){NULL, 0};
        }
    }
}

/* ---- Pending commands ---------------------------------------------------*/

void pending_add(struct rsm *rsm, struct pending *pending)
{
    LAB_ASSERT(rsm->starting > 0); /* else an early result is freed */
    if (pending->index <= rsm->executed) {
        decide_early(rsm, pending);
        return;
    }
    /* Two commands with one index: this server led in two terms, and its log
     * has lost the entry of the first. */
    struct pending *former = find(rsm, pending->index);
    if (former) {
        LAB_ASSERT(former->term != pending->term);
    }
    if (former && former->term > pending->term) {
        pending->fate = LOST;
        return;
    }
    if (former) {
        pending_lose(rsm, former);
    }
    pending->fate = PENDING;
    HASH_ADD(hh, rsm->pending, index, sizeof(pending->index), pending);
}

void pending_executed(struct rsm *rsm, uint64_t index, uint64_t term,
                      struct bytes result)
{
    struct pending *pending = find(rsm, index);

    LAB_ASSERT(index > rsm->executed);
    rsm->executed = index;
    if (pending && pending->term == term) {
        decide(rsm, pending, true, result);
        return;
    }
    if (pending) {
        pending_lose(rsm, pending); /* another command has its index */
    }
    if (rsm->starting > 0) {
        keep_early(rsm, index, term, result);
    } else {
        bytes_free(&result);
    }
}

void pending_skipped(struct rsm *rsm, uint64_t index)
{
    struct pending *pending, *next;

    LAB_ASSERT(index > rsm->executed);
    rsm->executed = index;
    HASH_ITER (hh, rsm->pending, pending, next) {
        if (pending->index <= index) {
            pending_lose(rsm, pending);
        }
    }
}

void pending_lose_all(struct rsm *rsm)
{
    struct pending *pending, *next;

    HASH_ITER (hh, rsm->pending, pending, next) {
        pending_lose(rsm, pending);
    }
}
