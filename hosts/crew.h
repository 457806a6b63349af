/* crew.h - the lock of an object, and the threads that work for it.
 * Layer: hosts. Plain pthreads, POSIX time.
 *
 * Who frees such an object must know that nobody is inside any more: neither a
 * thread of its own, nor a caller that holds or waits for the lock. */
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
    bool ended;         /* no thread begins any more; all are to end soon */
    int threads;
    bool any_left;
    pthread_t last_left; /* ended, and not joined yet */
    pthread_cond_t all_left;
    atomic_int visitors; /* callers inside; counted before they ask for mu */
};

void crew_init(struct crew *crew);

/* crew_stop() first. */
void crew_release(struct crew *crew);

/* CLOCK_MONOTONIC. */
uint64_t crew_now_ns(void);

/* A condition for crew_wait(). */
void crew_cond_init(pthread_cond_t *cond);

/* Gives up the lock meanwhile. FOREVER_NS: no deadline. */
void crew_wait(struct crew *crew, pthread_cond_t *cond, uint64_t deadline_ns);

/* Around what callers from outside do: takes and gives back the lock. */
void crew_enter(struct crew *crew);
void crew_leave(struct crew *crew);

/* A thread more; not once it has ended. Needs the lock. */
void crew_start(struct crew *crew, void *(*body)(void *), void *argument);

/* The last thing that a thread does. Gives back the lock, which it needs. */
void crew_quit(struct crew *crew);

/* Wait until nobody is inside. ended is true, and who waits for something else
 * was woken. Gives back the lock, which it needs. */
void crew_stop(struct crew *crew);

#endif
