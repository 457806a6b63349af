/* spin.c - pthread spin locks.
 * Layer: sim/calls. One OS thread. Threads wait instead of spinning: there is
 * one processor, and each step of a spinning thread would let virtual time
 * pass.
 *
 * The object has four bytes only, for the number of the owner, so there is no
 * magic word: a copy of a free lock is a free lock, and a copy of one that is
 * held makes threads wait. All waiters of all spin locks share one queue; they
 * are few. */
#include <errno.h>
#include <pthread.h>

#include "base/assert.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"
#include "sim/sched.h"

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    if (!sched.active) {
        return REAL(pthread_spin_init)(lock, shared);
    }
    *lock = 0;
    return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    return sched.active ? 0 : REAL(pthread_spin_destroy)(lock);
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
    if (!sched.active) {
        return REAL(pthread_spin_lock)(lock);
    }
    sched_step();
    if (*lock == (int)sched.current->number) {
        sim_fail(SIM_DEADLOCK,
                 "deadlock: thread %s locks a spin lock that it holds already",
                 sim_thread_name());
    }
    while (*lock != 0) {
        sched_enqueue(&sched.spin_waiting);
        sched_wait(SIM_FOREVER, "a spin lock");
    }
    LAB_ASSERT(*lock == 0);
    *lock = (int)sched.current->number;
    race_acquire((const void *)lock);
    return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    if (!sched.active) {
        return REAL(pthread_spin_trylock)(lock);
    }
    sched_step();
    if (*lock != 0) {
        return EBUSY;
    }
    *lock = (int)sched.current->number;
    race_acquire((const void *)lock);
    return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    if (!sched.active) {
        return REAL(pthread_spin_unlock)(lock);
    }
    if (*lock != (int)sched.current->number) {
        sim_fail(SIM_MISUSE,
                 "thread %s unlocks a spin lock that it does not hold",
                 sim_thread_name());
    }
    *lock = 0;
    race_release((const void *)lock);
    sim_wake_all(&sched.spin_waiting); /* also those of other locks */
    sched_step();
    return 0;
}
