/* clock.h - the monotonic clock, and waiting until a time on it.
 * Layer: kvraft. Any thread. */
#ifndef KVRAFT_CLOCK_H
#define KVRAFT_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#define NS_PER_MS UINT64_C(1000000)

uint64_t clock_now_ns(void);

/* Initialize a condition whose timed waits use this clock. By default they
 * use the real-time clock, which can be set. */
void clock_cond_init(pthread_cond_t *condition);

/* Wait for the signal, at most until the deadline. The caller holds mu. May
 * return early: check again what you waited for. */
void clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mu,
                     uint64_t deadline_ns);

#endif
