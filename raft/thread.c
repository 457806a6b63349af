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

    /* By default timed waits use the real-time clock, which can be set. */
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&rf->mu, NULL);
    pthread_cond_init(&rf->ticker_wanted, &monotonic);
    pthread_cond_init(&rf->apply_wanted, &monotonic);
    pthread_cond_init(&rf->all_ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    atomic_init(&rf->callers, 0);
}

void threads_release(struct raft *rf)
{
    LAB_ASSERT(rf->threads == 0);
    LAB_ASSERT(!rf->mu_taken);
    pthread_cond_destroy(&rf->all_ended);
    pthread_cond_destroy(&rf->apply_wanted);
    pthread_cond_destroy(&rf->ticker_wanted);
    pthread_mutex_destroy(&rf->mu);
}

/* ---- The lock -----------------------------------------------------------*/

/* The calling thread has taken the lock. */
static void set_holder(struct raft *rf)
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
    set_holder(rf);
}

void mu_unlock(struct raft *rf)
{
    LAB_ASSERT(mu_held(rf));
    /* Messages that leave from here on may depend on the state. */
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
    set_holder(rf);
}

/* The count rises before the lock is requested and falls after it is released:
 * raft_kill() must not free a lock that a thread still queues for. */
void raft_enter(struct raft *rf)
{
    atomic_fetch_add(&rf->callers, 1);
    mu_lock(rf);
}

void raft_exit(struct raft *rf)
{
    mu_unlock(rf);
    int before = atomic_fetch_sub(&rf->callers, 1);
    LAB_ASSERT(before > 0);
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

/* A thread that ends must be joined, or its stack leaks, and no thread waits
 * for peer threads. So each thread joins the one that ended before it, and
 * raft_kill() joins the last one. */
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
    while (rf->threads > 0) { /* outstanding RPCs return in the end */
        wait_until(rf, &rf->all_ended, FOREVER_NS);
    }
    bool any_ended = rf->any_ended;
    mu_unlock(rf);
    if (any_ended) {
        pthread_join(rf->last_ended, NULL);
    }
    while (atomic_load(&rf->callers) > 0) {
        nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
    }
}
