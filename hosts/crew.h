/* crew.h - the lock of an object, and the threads that work for it.
 * Layer: hosts. Plain pthreads and POSIX time.
 *
 * Before such an object is freed nobody may be inside: no thread of its own,
 * and no caller that holds the lock or waits for it. crew_stop() waits for
 * that. */
#ifndef HOSTS_CREW_H
#define HOSTS_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define NS_PER_MS     UINT64_C(1000000)
#define NS_PER_SECOND UINT64_C(1000000000)
#define FOREVER_NS    UINT64_MAX

struct crew {
    pthread_mutex_t mu; /* guards what follows, and the object */
    bool ended;         /* no thread may be started; all shall end soon */
    int threads;
    bool any_left;
    pthread_t last_left; /* has ended and is not joined */
    pthread_cond_t all_left;
    atomic_int visitors; /* callers inside; counted before they ask for mu */
};

void crew_init(struct crew *crew);

/* After crew_stop(). */
void crew_release(struct crew *crew);

/* CLOCK_MONOTONIC. */
uint64_t crew_now_ns(void);

/* Initialise a condition for crew_wait(). */
void crew_cond_init(pthread_cond_t *cond);

/* Wait for a signal or the deadline (FOREVER_NS: none). Needs the lock, which
 * it gives up meanwhile. */
void crew_wait(struct crew *crew, pthread_cond_t *cond, uint64_t deadline_ns);

/* Around what callers from outside do: take and release the lock. */
void crew_enter(struct crew *crew);
void crew_leave(struct crew *crew);

/* Start a thread; not once the crew has ended. Needs the lock. */
void crew_start(struct crew *crew, void *(*body)(void *), void *argument);

/* The last thing that a thread does. Releases the lock, which it needs. */
void crew_quit(struct crew *crew);

/* Wait until nobody is inside. ended must be true, and whoever waits must have
 * been woken. Releases the lock, which it needs. */
void crew_stop(struct crew *crew);

#endif
