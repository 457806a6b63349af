/* cond.c - pthread condition variables.
 * Layer: sim/calls. One OS thread. The state lies inside the caller's object;
 * all zero is valid (CLOCK_REALTIME, no waiters). */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/calls/magic.h"
#include "sim/calls/mutex.h"
#include "sim/calls/time.h"
#include "sim/real/libc.h"

struct cond {
    struct sim_queue waiting;
    clockid_t clock; /* of pthread_cond_timedwait */
    uint32_t missed; /* signals since the last that found a waiter */
    struct magic magic;
};
_Static_assert(sizeof(struct cond) <= sizeof(pthread_cond_t), "must fit");

#define SPURIOUS_KEY UINT64_C(0x5b1c3a0d79f2e684)

static struct cond *of(pthread_cond_t *cond)
{
    return (struct cond *)(void *)cond;
}

static void check(pthread_cond_t *cond, const char *does)
{
    magic_check(&of(cond)->magic, does, "a condition variable");
}

int pthread_cond_init(pthread_cond_t *restrict cond,
                      const pthread_condattr_t *restrict attr)
{
    if (!sched.active) {
        return REAL(pthread_cond_init)(cond, attr);
    }
    clockid_t clock = CLOCK_REALTIME;
    if (attr) {
        pthread_condattr_getclock(attr, &clock);
    }
    memset(cond, 0, sizeof(*cond));
    of(cond)->clock = clock;
    magic_set(&of(cond)->magic);
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
    if (!sched.active) {
        return REAL(pthread_cond_destroy)(cond);
    }
    check(cond, "destroys");
    if (!sim_queue_empty(&of(cond)->waiting)) {
        sim_fail(SIM_MISUSE,
                 "thread %s destroys a condition variable on which threads "
                 "wait: wake and join them first",
                 sim_thread_name());
    }
    magic_destroy(&of(cond)->magic);
    return 0;
}

/* POSIX allows spurious wake-ups. A program without a loop around its wait
 * works for years and then does not, so one wait in 64 ends spuriously, within
 * 20 ms. Policy fifo has none: it is for quiet runs. */
static sim_ns spurious_end(const struct thread *me)
{
    uint64_t draw = random_at(me->path ^ SPURIOUS_KEY, me->steps);
    if (sched.policy == SIM_FIFO || (draw & 63) != 0) {
        return SIM_FOREVER;
    }
    return clock_now() + random_below(draw, 20 * SIM_MS);
}

/* Release the mutex, wait, and take it again. There is no scheduling point
 * between the release and the wait, so no thread can signal in between: POSIX
 * demands that these two are atomic. */
static int wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex,
                      struct deadline deadline, const void *caller)
{
    sched_step();
    check(cond, "waits on");
    struct thread *me = sched.current;
    LAB_ASSERT(me->wait_missed == NULL);
    struct deadline end = deadline;
    sim_ns spurious = spurious_end(me);
    bool early = spurious < clock_local(deadline);
    if (early) {
        end = (struct deadline){spurious, false};
    }
    mutex_release(mutex);
    sched_enqueue(&of(cond)->waiting);
    me->wait_missed = &of(cond)->missed;
    bool woken = clock_wait(end, "a condition variable");
    me->wait_missed = NULL;
    mutex_take(mutex, caller); /* also after a timeout */
    return woken || early ? 0 : ETIMEDOUT;
}

#define CALLER __builtin_return_address(0)

int pthread_cond_wait(pthread_cond_t *restrict cond,
                      pthread_mutex_t *restrict mutex)
{
    if (!sched.active) {
        return REAL(pthread_cond_wait)(cond, mutex);
    }
    return wait_until(cond, mutex, CLOCK_NEVER, CALLER);
}

static int wait_by_clock(pthread_cond_t *cond, pthread_mutex_t *mutex,
                         clockid_t clock, const struct timespec *until,
                         const void *caller)
{
    struct deadline deadline;
    int error = clock_deadline(clock, until, &deadline);
    return error ? error : wait_until(cond, mutex, deadline, caller);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond,
                           pthread_mutex_t *restrict mutex, clockid_t clock,
                           const struct timespec *restrict until)
{
    if (!sched.active) {
        return REAL(pthread_cond_clockwait)(cond, mutex, clock, until);
    }
    return wait_by_clock(cond, mutex, clock, until, CALLER);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond,
                           pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    if (!sched.active) {
        return REAL(pthread_cond_timedwait)(cond, mutex, until);
    }
    return wait_by_clock(cond, mutex, of(cond)->clock, until, CALLER);
}

/* For reports: a thread that waits although signals found no waiter before it
 * came has probably missed its wake-up. */
static void note_signal(struct cond *cond)
{
    cond->missed = sim_queue_empty(&cond->waiting) ? cond->missed + 1 : 0;
}

int pthread_cond_signal(pthread_cond_t *cond)
{
    if (!sched.active) {
        return REAL(pthread_cond_signal)(cond);
    }
    check(cond, "signals");
    struct thread *waiting = sched_choose(&of(cond)->waiting);
    note_signal(of(cond));
    if (waiting) {
        sched_wake(waiting);
    }
    sched_step(); /* the waiter may run before the caller goes on */
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    if (!sched.active) {
        return REAL(pthread_cond_broadcast)(cond);
    }
    check(cond, "broadcasts");
    note_signal(of(cond));
    sim_wake_all(&of(cond)->waiting);
    sched_step();
    return 0;
}
