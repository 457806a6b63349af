/* mutex.h - what the rest of sim/ asks of simulated mutexes.
 * Layer: sim, internal. */
#ifndef SIM_CALLS_MUTEX_H
#define SIM_CALLS_MUTEX_H

#include <pthread.h>

#include "sim/sched.h"

/* The number of the thread that holds it; 0 none. */
uint32_t mutex_owner(const void *mutex);

/* Release and take again, for condition variables. No step of their own.
 * caller: in the code under test, for reports. */
void mutex_release(pthread_mutex_t *mutex);
void mutex_take(pthread_mutex_t *mutex, const void *caller);

#endif
