/* rsm_submit.c - a command goes into the log, and its submitter waits for the
 * result.
 * Layer: kvraft. Paper: §8. */
#include "kvraft/clock.h"
#include "kvraft/rsm_state.h"

/* How often a submitter checks that its command can still be committed. */
#define CHECK_MS 100

/* Give up if this server does not lead in the command's term any more. A
 * leader gives up its term only for a higher one, whose leader may overwrite
 * the entry. As long as it leads, partitioned or not, its entry stays in its
 * log and may be committed: keep waiting. Releases the lock in between. */
static void check_leadership(struct rsm *rsm, struct pending *pending)
{
    pthread_mutex_unlock(&rsm->mu);
    struct raft_state state = raft_get_state(rsm->raft);
    pthread_mutex_lock(&rsm->mu);
    bool leads = state.is_leader && state.term == pending->term;
    if (pending->fate == PENDING && !leads) {
        pending_lose(rsm, pending);
    }
}

static void wait_for_fate(struct rsm *rsm, struct pending *pending)
{
    while (pending->fate == PENDING) {
        uint64_t deadline_ns = clock_now_ns() + CHECK_MS * NS_PER_MS;
        clock_cond_wait(&pending->decided, &rsm->mu, deadline_ns);
        if (pending->fate == PENDING && clock_now_ns() >= deadline_ns) {
            check_leadership(rsm, pending);
        }
    }
}

/* Needs the lock, and releases it in between. */
static bool submit(struct rsm *rsm, struct bytes command, struct bytes *result)
{
    pending_start(rsm);
    pthread_mutex_unlock(&rsm->mu);
    struct raft_start start = raft_start(rsm->raft, command);
    pthread_mutex_lock(&rsm->mu);

    struct pending pending = {
        .index = start.index, .term = start.term, .fate = LOST};
    clock_cond_init(&pending.decided);
    if (start.is_leader && !rsm->killed) {
        pending_add(rsm, &pending);
    }
    pending_started(rsm);
    wait_for_fate(rsm, &pending);
    pthread_cond_destroy(&pending.decided);
    if (pending.fate == EXECUTED) {
        *result = pending.result;
    }
    return pending.fate == EXECUTED;
}

bool rsm_submit(struct rsm *rsm, struct bytes command, struct bytes *result)
{
    /* The count rises before the lock is requested and falls after it is
     * released: rsm_kill() must not free a lock that a thread queues for. */
    atomic_fetch_add(&rsm->submitters, 1);
    pthread_mutex_lock(&rsm->mu);
    bool executed = !rsm->killed && submit(rsm, command, result);
    pthread_mutex_unlock(&rsm->mu);
    atomic_fetch_sub(&rsm->submitters, 1);
    return executed;
}
