/* mutex.h - what condition variables ask of simulated mutexes.
 * Layer: sim, internal. */
#ifndef SIM_CALLS_MUTEX_H
#define SIM_CALLS_MUTEX_H

#include <pthread.h>

/* Release and take again, for condition variables. No step of their own.
 * caller: in the code under test, for reports. */
void mutex_release(pthread_mutex_t *mutex);
void mutex_take(pthread_mutex_t *mutex, const void *caller);

#endif
