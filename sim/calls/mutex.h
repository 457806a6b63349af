/* mutex.h - simulated mutexes, as condition variables need them.
 * Layer: sim/calls. One OS thread. */
#ifndef SIM_CALLS_MUTEX_H
#define SIM_CALLS_MUTEX_H

#include <pthread.h>

/* Release a mutex, which the current thread must hold, and take it again. No
 * scheduling points. The latter waits. caller: the address in the code under
 * test, for reports. */
void mutex_release(pthread_mutex_t *mutex);
void mutex_take(pthread_mutex_t *mutex, const void *caller);

#endif
