/* spin.c - pthread spin locks. Waiting is not spinning here: the processor is
 * one, and virtual time would run away.
 * Layer: sim. The object has four bytes only: the number of the owner. So
 * it has no magic.h: a copy of a free one is a spin lock, and one of a held one
 * waits, or deadlocks. All waiters of all spin locks share a queue; there are
 * few. */
#include <errno.h>
#include <pthread.h>

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
                 "deadlock: thread %s locks a spin lock that it holds",
                 sim_thread_name());
    }
    while (*lock != 0) {
        sched_enqueue(&sched.spin_waiting);
        sched_wait(SIM_FOREVER, "a spin lock");
    }
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
    sim_wake_all(&sched.spin_waiting);
    sched_step();
    return 0;
}
