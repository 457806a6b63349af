/* thread.c - the lock, the clock, and the threads of a server.
 * Layer: raft. Guarded by rf->mu unless it says otherwise. */
#include "raft/raft.h"

#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void threads_init(struct raft *rf)
{
    pthread_condattr_t monotonic;

    /* Timed waits go by the wall clock unless told otherwise, and that one
     * can be set. */
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&rf->mu, NULL);
    pthread_cond_init(&rf->ticker_wanted, &monotonic);
    pthread_cond_init(&rf->apply_wanted, &monotonic);
    pthread_cond_init(&rf->all_ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    atomic_init(&rf->visitors, 0);
}

void threads_release(struct raft *rf)
{
    LAB_ASSERT(rf->threads == 0);
    pthread_cond_destroy(&rf->all_ended);
    pthread_cond_destroy(&rf->apply_wanted);
    pthread_cond_destroy(&rf->ticker_wanted);
    pthread_mutex_destroy(&rf->mu);
}

/* ---- The lock -----------------------------------------------------------*/

static void note_taken(struct raft *rf)
{
    LAB_ASSERT(!rf->mu_taken);
    rf->mu_taken = true;
    rf->mu_holder = pthread_self();
}

bool mu_held(const struct raft *rf)
{
    return rf->mu_taken && pthread_equal(rf->mu_holder, pthread_self());
}

void mu_lock(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu);
    note_taken(rf);
}

void mu_unlock(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    /* Whatever is said to others from here on may depend on it. */
    LAB_ASSERT(!rf->unsaved);
    rf->mu_taken = false;
    pthread_mutex_unlock(&rf->mu);
}

void wait_until(struct raft *rf, pthread_cond_t *condition,
                uint64_t deadline_ns)
{
    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(!rf->unsaved);
    rf->mu_taken = false;
    if (deadline_ns == FOREVER_NS) {
        pthread_cond_wait(condition, &rf->mu);
    } else {
        struct timespec deadline = {
            .tv_sec = (time_t)(deadline_ns / NS_PER_SECOND),
            .tv_nsec = (long)(deadline_ns % NS_PER_SECOND),
        };
        pthread_cond_timedwait(condition, &rf->mu, &deadline);
    }
    note_taken(rf);
}

/* The count goes up before the lock is asked for and down after it is given
 * back: raft_kill() must not free a lock that somebody queues for. */
void visit(struct raft *rf)
{
    atomic_fetch_add(&rf->visitors, 1);
    mu_lock(rf);
}

void leave(struct raft *rf)
{
    mu_unlock(rf);
    atomic_fetch_sub(&rf->visitors, 1);
}

/* ---- Threads ------------------------------------------------------------*/

void thread_start(struct raft *rf, void *(*body)(void *), void *argument)
{
    pthread_t thread;

    LAB_ASSERT(!rf->killed);
    int err = pthread_create(&thread, NULL, body, argument);
    if (err != 0) {
        LAB_BUG("pthread_create: error %d with %d threads", err, rf->threads);
    }
    rf->threads++;
}

/* A thread cannot free its own stack, so somebody has to join it. Nobody
 * waits for a call to end; so each thread joins the one that ended before it,
 * and raft_kill() the last one. */
void thread_end(struct raft *rf)
{
    bool any_ended = rf->any_ended;
    pthread_t last_ended = rf->last_ended;

    LAB_ASSERT(mu_held(rf));
    LAB_ASSERT(rf->threads > 0);
    rf->any_ended = true;
    rf->last_ended = pthread_self();
    rf->threads--;
    if (rf->threads == 0) {
        pthread_cond_signal(&rf->all_ended);
    }
    mu_unlock(rf);
    if (any_ended) {
        pthread_join(last_ended, NULL);
    }
}

void threads_stop(struct raft *rf)
{
    mu_lock(rf);
    rf->killed = true;
    pthread_cond_broadcast(&rf->ticker_wanted);
    pthread_cond_broadcast(&rf->apply_wanted);
    while (rf->threads > 0) { /* calls on their way return in the end */
        wait_until(rf, &rf->all_ended, FOREVER_NS);
    }
    bool any_ended = rf->any_ended;
    mu_unlock(rf);
    if (any_ended) {
        pthread_join(rf->last_ended, NULL);
    }
    while (atomic_load(&rf->visitors) > 0) {
        nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
    }
}
