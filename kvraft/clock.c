/* clock.c - the monotonic clock, and waiting until a time on it.
 * Layer: kvraft. The same few lines as in raft/thread.c and hosts/crew.c:
 * each of the three is a plug-in of its own, and includes only what students
 * have, so there is no layer to share them in. */
#include "kvraft/clock.h"

#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)

uint64_t clock_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void clock_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mu,
                     uint64_t deadline_ns)
{
    struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ns / NS_PER_SECOND),
        .tv_nsec = (long)(deadline_ns % NS_PER_SECOND),
    };

    pthread_cond_timedwait(condition, mu, &deadline);
}
