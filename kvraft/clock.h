/* clock.h - time that only goes forward, and waiting until then.
 * Layer: kvraft. */
#ifndef KVRAFT_CLOCK_H
#define KVRAFT_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#define NS_PER_MS UINT64_C(1000000)

uint64_t clock_now_ns(void);

/* A condition whose timed waits go by that clock. The default is the clock on
 * the wall, which can be set. */
void clock_cond_init(pthread_cond_t *condition);

/* Wait for the signal, at most until the deadline. Can return early: look
 * again at what was waited for. */
void clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mu,
                     uint64_t deadline_ns);

#endif
