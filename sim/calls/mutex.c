/* mutex.c - pthread mutexes of all kinds.
 * Layer: sim/calls. One OS thread. The state lies inside the caller's object;
 * all zero is free and the kind is where glibc puts it, so that static
 * initializers work. Assertions here are about threads: what lies in the
 * caller's object may have been overwritten. */
#include "sim/calls/mutex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "sim/calls/magic.h"
#include "sim/calls/time.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"
#include "sim/threads.h"

struct mutex {
    uint32_t owner; /* thread number; 0: free */
    uint32_t count; /* how often its owner holds it (recursive) */
    struct sim_queue waiting;
    int kind;           /* where glibc has it on 64-bit machines */
    uint32_t unused;    /* some of glibc's initializers set it */
    struct magic magic; /* is it one at all? */
};
_Static_assert(sizeof(struct mutex) <= sizeof(pthread_mutex_t), "must fit");
_Static_assert(offsetof(struct mutex, kind) == 16, "glibc's __kind");

static struct mutex *of(pthread_mutex_t *mutex)
{
    return (struct mutex *)(void *)mutex;
}

/* The upper bits are flags of sharing between processes, and the like. */
static int kind_of(const struct mutex *mutex)
{
    return mutex->kind & 3;
}

static void check(struct mutex *mutex, const char *does)
{
    magic_check(&mutex->magic, does, "a mutex");
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
    if (!sched.active) {
        return REAL(pthread_mutex_init)(mutex, attr);
    }
    int kind = PTHREAD_MUTEX_DEFAULT;
    if (attr) {
        pthread_mutexattr_gettype(attr, &kind);
    }
    memset(mutex, 0, sizeof(*mutex));
    of(mutex)->kind = kind;
    magic_set(&of(mutex)->magic);
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    if (!sched.active) {
        return REAL(pthread_mutex_destroy)(mutex);
    }
    check(of(mutex), "destroys");
    if (of(mutex)->owner) {
        return EBUSY;
    }
    magic_destroy(&of(mutex)->magic);
    return 0;
}

/* ---- Who holds what, for reports -----------------------------------------*/

/* The first few are kept with their places, in the order of being taken. */
static void note_held(struct thread *me, const void *mutex, const void *caller)
{
    if (me->held_count < THREAD_HELD_SHOWN) {
        me->held[me->held_count] = (struct held){mutex, (uintptr_t)caller};
    }
    me->held_count++;
}

static void note_released(struct thread *me, const void *mutex)
{
    LAB_ASSERT(me->held_count > 0);
    uint32_t known =
        me->held_count < THREAD_HELD_SHOWN ? me->held_count : THREAD_HELD_SHOWN;
    me->held_count--;
    for (uint32_t i = known; i-- > 0;) {
        if (me->held[i].mutex == mutex) {
            memmove(&me->held[i], &me->held[i + 1],
                    (known - i - 1) * sizeof(me->held[0]));
            return;
        }
    }
}

#define CHAIN_MAX 64

/* Follow the chain of "waits for a mutex held by". If it leads back to this
 * thread, no timer can end the deadlock, so it is found when it arises, with
 * all threads where they are. (Waits with a deadline end by themselves.) */
static bool in_cycle(const struct thread *me, const struct mutex *wanted)
{
    const uint32_t *holder = &wanted->owner;
    for (int i = 0; i < CHAIN_MAX && holder && *holder; i++) {
        const struct thread *owner = threads_at(*holder);
        if (owner == me) {
            return true;
        }
        holder = owner->wait_holder;
    }
    return false;
}

static void fail_on_cycle(struct thread *me, const struct mutex *wanted)
{
    LAB_ASSERT(wanted->owner != 0);
    char chain[512];
    if (!in_cycle(me, wanted)) {
        return;
    }
    if (wanted->owner == me->number) {
        sim_fail(SIM_DEADLOCK,
                 "deadlock: thread %s locks a mutex that it holds already",
                 threads_name(me));
    }
    size_t used =
        (size_t)snprintf(chain, sizeof(chain), "%s", threads_name(me));
    const uint32_t *holder = &wanted->owner;
    for (int i = 0; i < CHAIN_MAX && holder && *holder; i++) {
        struct thread *owner = threads_at(*holder);
        int n = snprintf(chain + used, sizeof(chain) - used,
                         " waits for a mutex held by %s%s", threads_name(owner),
                         owner == me ? "" : ", which");
        if (n > 0 && (size_t)n < sizeof(chain) - used) {
            used += (size_t)n;
        }
        if (owner == me) {
            sim_fail(SIM_DEADLOCK,
                     "deadlock: %s. Take mutexes in the same order everywhere",
                     chain);
        }
        holder = owner->wait_holder;
    }
}

/* ---- Taking and releasing ------------------------------------------------*/

/* Wait until the mutex is free and take it; false at the deadline. A thread
 * that was woken competes with newcomers, as on real machines: hence the loop.
 */
static bool take(struct mutex *mutex, struct deadline deadline,
                 const void *caller)
{
    struct thread *me = sched.current;
    LAB_ASSERT(me->wait_holder == NULL);
    while (mutex->owner) {
        if (deadline.at == SIM_FOREVER) {
            fail_on_cycle(me, mutex);
        } else if (clock_passed(deadline)) {
            return false;
        }
        me->wait_holder = &mutex->owner;
        sched_enqueue(&mutex->waiting);
        clock_wait(deadline, "a mutex");
        me->wait_holder = NULL;
    }
    mutex->owner = me->number;
    mutex->count = 1;
    note_held(me, mutex, caller);
    race_acquire(mutex);
    return true;
}

/* The caller has checked that the current thread holds it. One waiter is woken:
 * more would find it taken. */
static void release(struct mutex *mutex)
{
    LAB_ASSERT(mutex->owner == sched.current->number);
    mutex->owner = 0;
    mutex->count = 0;
    note_released(sched.current, mutex);
    race_release(mutex);
    struct thread *next = sched_choose(&mutex->waiting);
    if (next) {
        sched_wake(next);
    }
}

/* The thread holds the mutex already: do what its kind demands. -1: it waits
 * for itself. */
static int relock(struct mutex *mutex)
{
    LAB_ASSERT(mutex->owner == sched.current->number);
    switch (kind_of(mutex)) {
    case PTHREAD_MUTEX_RECURSIVE:
        mutex->count++;
        return 0;
    case PTHREAD_MUTEX_ERRORCHECK:
        return EDEADLK;
    default:
        return -1;
    }
}

static int lock_until(pthread_mutex_t *object, struct deadline deadline,
                      const void *caller)
{
    sched_step(); /* before the look: others may take or release it first */
    struct mutex *mutex = of(object);
    check(mutex, "locks");
    if (mutex->owner == sched.current->number) {
        int error = relock(mutex);
        if (error >= 0) {
            return error;
        }
    }
    return take(mutex, deadline, caller) ? 0 : ETIMEDOUT;
}

#define CALLER __builtin_return_address(0)

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (!sched.active) {
        return REAL(pthread_mutex_lock)(mutex);
    }
    return lock_until(mutex, CLOCK_NEVER, CALLER);
}

int pthread_mutex_trylock(pthread_mutex_t *object)
{
    if (!sched.active) {
        return REAL(pthread_mutex_trylock)(object);
    }
    sched_step();
    struct mutex *mutex = of(object);
    check(mutex, "locks");
    if (mutex->owner == sched.current->number) {
        return relock(mutex) == 0 ? 0 : EBUSY;
    }
    return !mutex->owner && take(mutex, CLOCK_NEVER, CALLER) ? 0 : EBUSY;
}

static int lock_by_clock(pthread_mutex_t *mutex, clockid_t clock,
                         const struct timespec *until, const void *caller)
{
    struct deadline deadline;
    int error = clock_deadline(clock, until, &deadline);
    return error ? error : lock_until(mutex, deadline, caller);
}

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                            const struct timespec *until)
{
    if (!sched.active) {
        return REAL(pthread_mutex_clocklock)(mutex, clock, until);
    }
    return lock_by_clock(mutex, clock, until, CALLER);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex,
                            const struct timespec *until)
{
    if (!sched.active) {
        return REAL(pthread_mutex_timedlock)(mutex, until);
    }
    return lock_by_clock(mutex, CLOCK_REALTIME, until, CALLER);
}

int pthread_mutex_unlock(pthread_mutex_t *object)
{
    if (!sched.active) {
        return REAL(pthread_mutex_unlock)(object);
    }
    struct mutex *mutex = of(object);
    check(mutex, "unlocks");
    if (mutex->owner != sched.current->number) {
        if (kind_of(mutex) != PTHREAD_MUTEX_NORMAL) {
            return EPERM;
        }
        struct thread *owner = threads_at(mutex->owner);
        sim_fail(SIM_MISUSE,
                 "thread %s unlocks a mutex that it does not hold (%s%s)",
                 sim_thread_name(), owner ? "its holder is " : "no thread does",
                 owner ? threads_name(owner) : "");
    }
    if (--mutex->count == 0) {
        release(mutex);
    }
    sched_step(); /* now a waiter may run before this thread takes it again */
    return 0;
}

void mutex_release(pthread_mutex_t *object)
{
    struct mutex *mutex = of(object);
    check(mutex, "waits with");
    if (mutex->owner != sched.current->number) {
        sim_fail(SIM_MISUSE,
                 "thread %s waits on a condition variable with a mutex that it "
                 "does not hold: lock it first",
                 sim_thread_name());
    }
    release(mutex);
}

void mutex_take(pthread_mutex_t *mutex, const void *caller)
{
    check(of(mutex), "locks");
    take(of(mutex), CLOCK_NEVER, caller);
}
