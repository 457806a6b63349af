/* crew.c - the lock of an object, and the threads that work for it.
 * Layer: hosts. */
#include "hosts/crew.h"

#include <time.h>

#include "base/assert.h"

uint64_t crew_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void crew_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t by_monotonic;
    pthread_condattr_init(&by_monotonic);
    pthread_condattr_setclock(&by_monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &by_monotonic);
    pthread_condattr_destroy(&by_monotonic);
}

void crew_init(struct crew *crew)
{
    *crew = (struct crew){.threads = 0};
    pthread_mutex_init(&crew->mu, NULL);
    crew_cond_init(&crew->all_left);
    atomic_init(&crew->visitors, 0);
}

void crew_release(struct crew *crew)
{
    LAB_ASSERT(crew->threads == 0);
    pthread_cond_destroy(&crew->all_left);
    pthread_mutex_destroy(&crew->mu);
}

void crew_wait(struct crew *crew, pthread_cond_t *cond, uint64_t deadline_ns)
{
    if (deadline_ns == FOREVER_NS) {
        pthread_cond_wait(cond, &crew->mu);
        return;
    }
    struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / NS_PER_SECOND),
        .tv_nsec = (long)(deadline_ns % NS_PER_SECOND),
    };
    pthread_cond_timedwait(cond, &crew->mu, &deadline);
}

void crew_enter(struct crew *crew)
{
    atomic_fetch_add(&crew->visitors, 1);
    pthread_mutex_lock(&crew->mu);
}

void crew_leave(struct crew *crew)
{
    pthread_mutex_unlock(&crew->mu);
    atomic_fetch_sub(&crew->visitors, 1);
}

void crew_start(struct crew *crew, void *(*body)(void *), void *argument)
{
    pthread_t thread;
    LAB_ASSERT(!crew->ended);
    int error = pthread_create(&thread, NULL, body, argument);
    if (error != 0) {
        LAB_BUG("pthread_create: error %d with %d threads", error,
                crew->threads);
    }
    crew->threads++;
}

/* A thread cannot free its own stack: each joins the one that ended before it,
 * and crew_stop() joins the last. */
void crew_quit(struct crew *crew)
{
    bool any_left = crew->any_left;
    pthread_t last_left = crew->last_left;
    LAB_ASSERT(crew->threads > 0);
    crew->any_left = true;
    crew->last_left = pthread_self();
    crew->threads--;
    if (crew->threads == 0) {
        pthread_cond_signal(&crew->all_left);
    }
    pthread_mutex_unlock(&crew->mu);
    if (any_left) {
        pthread_join(last_left, NULL);
    }
}

void crew_stop(struct crew *crew)
{
    LAB_ASSERT(crew->ended);
    while (crew->threads > 0) {
        crew_wait(crew, &crew->all_left, FOREVER_NS);
    }
    bool any_left = crew->any_left;
    pthread_mutex_unlock(&crew->mu);
    if (any_left) {
        pthread_join(crew->last_left, NULL);
    }
    /* A caller that has the lock no longer may still be in crew_leave(). */
    while (atomic_load(&crew->visitors) > 0) {
        nanosleep(&(struct timespec){.tv_nsec = (long)NS_PER_MS}, NULL);
    }
}
