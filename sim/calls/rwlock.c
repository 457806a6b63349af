/* rwlock.c - pthread read-write locks. Readers overtake waiting writers, as by
 * glibc's default.
 * Layer: sim/calls. One OS thread. The state lies inside the caller's object;
 * all zero is free. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/assert.h"
#include "sim/calls/magic.h"
#include "sim/calls/time.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"

struct rwlock {
    uint32_t writer; /* thread number; 0 none */
    uint32_t readers;
    struct sim_queue waiting;
    struct magic magic;
};
_Static_assert(sizeof(struct rwlock) <= sizeof(pthread_rwlock_t), "must fit");

static struct rwlock *of(pthread_rwlock_t *lock)
{
    return (struct rwlock *)(void *)lock;
}

static struct rwlock *checked(pthread_rwlock_t *lock, const char *does)
{
    magic_check(&of(lock)->magic, does, "a read-write lock");
    return of(lock);
}

int pthread_rwlock_init(pthread_rwlock_t *restrict lock,
                        const pthread_rwlockattr_t *restrict attr)
{
    if (!sched.active) {
        return REAL(pthread_rwlock_init)(lock, attr);
    }
    memset(lock, 0, sizeof(*lock));
    magic_set(&of(lock)->magic);
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    if (!sched.active) {
        return REAL(pthread_rwlock_destroy)(lock);
    }
    struct rwlock *mine = checked(lock, "destroys");
    if (mine->writer || mine->readers) {
        return EBUSY;
    }
    magic_destroy(&mine->magic);
    return 0;
}

static bool can_take(const struct rwlock *lock, bool write)
{
    return !lock->writer && (!write || !lock->readers);
}

/* Take a free lock. For the race detector, a reader comes after the writers,
 * and a writer after the readers, too; readers are not ordered among each
 * other. */
static void grant(struct rwlock *lock, bool write)
{
    LAB_ASSERT(can_take(lock, write));
    race_acquire(&lock->writer);
    if (write) {
        race_acquire(&lock->readers);
        lock->writer = sched.current->number;
    } else {
        lock->readers++;
    }
}

static int take(pthread_rwlock_t *object, bool write, struct deadline deadline)
{
    sched_step();
    struct rwlock *lock = checked(object, "locks");
    if (lock->writer == sched.current->number) {
        return EDEADLK; /* as POSIX allows: it would wait for itself */
    }
    while (!can_take(lock, write)) {
        if (clock_passed(deadline)) {
            return ETIMEDOUT;
        }
        sched_enqueue(&lock->waiting);
        clock_wait(deadline, write ? "a read-write lock, to write"
                                   : "a read-write lock, to read");
    }
    grant(lock, write);
    return 0;
}

static int try(pthread_rwlock_t *object, bool write)
{
    sched_step();
    struct rwlock *lock = checked(object, "locks");
    if (!can_take(lock, write)) {
        return EBUSY;
    }
    grant(lock, write);
    return 0;
}

static int take_until(pthread_rwlock_t *lock, bool write, clockid_t clock,
                      const struct timespec *until)
{
    struct deadline deadline;
    int error = clock_deadline(clock, until, &deadline);
    return error ? error : take(lock, write, deadline);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return sched.active ? take(lock, false, CLOCK_NEVER)
                        : REAL(pthread_rwlock_rdlock)(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return sched.active ? take(lock, true, CLOCK_NEVER)
                        : REAL(pthread_rwlock_wrlock)(lock);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    return sched.active ? try(lock, false)
                        : REAL(pthread_rwlock_tryrdlock)(lock);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    return sched.active ? try(lock, true)
                        : REAL(pthread_rwlock_trywrlock)(lock);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict lock, clockid_t clock,
                               const struct timespec *restrict until)
{
    return sched.active ? take_until(lock, false, clock, until)
                        : REAL(pthread_rwlock_clockrdlock)(lock, clock, until);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict lock, clockid_t clock,
                               const struct timespec *restrict until)
{
    return sched.active ? take_until(lock, true, clock, until)
                        : REAL(pthread_rwlock_clockwrlock)(lock, clock, until);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock,
                               const struct timespec *restrict until)
{
    return sched.active ? take_until(lock, false, CLOCK_REALTIME, until)
                        : REAL(pthread_rwlock_timedrdlock)(lock, until);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock,
                               const struct timespec *restrict until)
{
    return sched.active ? take_until(lock, true, CLOCK_REALTIME, until)
                        : REAL(pthread_rwlock_timedwrlock)(lock, until);
}

int pthread_rwlock_unlock(pthread_rwlock_t *object)
{
    if (!sched.active) {
        return REAL(pthread_rwlock_unlock)(object);
    }
    struct rwlock *lock = checked(object, "unlocks");
    if (lock->writer == sched.current->number) {
        lock->writer = 0;
        race_release(&lock->writer);
    } else if (!lock->writer && lock->readers > 0) {
        race_release(&lock->readers);
        lock->readers--;
    } else {
        sim_fail(SIM_MISUSE,
                 "thread %s unlocks a read-write lock that it does not hold: "
                 "unlock it once for each time that it was locked",
                 sim_thread_name());
    }
    /* Readers may all go on, and one writer; each looks again. */
    if (lock->readers == 0) {
        sim_wake_all(&lock->waiting);
    }
    sched_step();
    return 0;
}
