/* submit.c - a command goes into the log, and its submitter waits for it to
 * come out.
 * Layer: kvraft. Paper: §8. */
#include "kvraft/clock.h"
#include "kvraft/rsm_state.h"

/* How often a waiter looks whether its command can still be committed here. */
#define LOOK_MS 100

/* A leader leaves its term only for a higher one, and then others decide what
 * is in the log. As long as it leads, cut off or not, its entry stays, and may
 * be committed: nothing is known, so wait. Gives up the lock. */
static void look(struct rsm *rsm, struct waiter *waiter)
{
    pthread_mutex_unlock(&rsm->mu);
    struct raft_state state = raft_get_state(rsm->raft);
    pthread_mutex_lock(&rsm->mu);
    bool leads = state.is_leader && state.term == waiter->term;
    if (waiter->fate == WAITING && !leads) {
        waiters_lose(rsm, waiter);
    }
}

static void wait_for_fate(struct rsm *rsm, struct waiter *waiter)
{
    while (waiter->fate == WAITING) {
        uint64_t deadline_ns = clock_now_ns() + LOOK_MS * NS_PER_MS;
        clock_cond_wait(&waiter->decided, &rsm->mu, deadline_ns);
        if (waiter->fate == WAITING && clock_now_ns() >= deadline_ns) {
            look(rsm, waiter);
        }
    }
}

/* Needs the lock, and gives it up in between. */
static bool submit(struct rsm *rsm, struct bytes command, struct bytes *result)
{
    waiters_starting(rsm);
    pthread_mutex_unlock(&rsm->mu);
    struct raft_start start = raft_start(rsm->raft, command);
    pthread_mutex_lock(&rsm->mu);

    struct waiter waiter = {
        .index = start.index, .term = start.term, .fate = LOST};
    clock_cond_init(&waiter.decided);
    if (start.is_leader && !rsm->killed) {
        waiters_add(rsm, &waiter);
    }
    waiters_started(rsm);
    wait_for_fate(rsm, &waiter);
    pthread_cond_destroy(&waiter.decided);
    if (waiter.fate == EXECUTED) {
        *result = waiter.result;
    }
    return waiter.fate == EXECUTED;
}

bool rsm_submit(struct rsm *rsm, struct bytes command, struct bytes *result)
{
    /* Counted before the lock is asked for and after it is given back:
     * rsm_kill() must not free a lock that somebody queues for. */
    atomic_fetch_add(&rsm->visitors, 1);
    pthread_mutex_lock(&rsm->mu);
    bool executed = !rsm->killed && submit(rsm, command, result);
    pthread_mutex_unlock(&rsm->mu);
    atomic_fetch_sub(&rsm->visitors, 1);
    return executed;
}
