/* cond.c - pthread condition variables.
 * Layer: sim. The state lies inside the caller's object; all zero is valid
 * (CLOCK_REALTIME, nobody waits). */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "sim/clock.h"
#include "sim/mutex.h"
#include "sim/real.h"

struct cond {
    struct sim_queue waiting;
    clockid_t clock; /* of pthread_cond_timedwait */
};
_Static_assert(sizeof(struct cond) <= sizeof(pthread_cond_t), "must fit");

static struct cond *of(pthread_cond_t *cond)
{
    return (struct cond *)(void *)cond;
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
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
    if (!sched.active) {
        return REAL(pthread_cond_destroy)(cond);
    }
    if (!sim_queue_empty(&of(cond)->waiting)) {
        sim_fail(SIM_MISUSE,
                 "thread %s destroys a condition variable on which threads "
                 "wait",
                 sim_thread_name());
    }
    return 0;
}

/* Releasing and waiting are one step: nothing runs in between, so no wake-up
 * is lost. */
static int wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex,
                      sim_ns deadline)
{
    sched_step();
    mutex_release(mutex);
    sched_enqueue(&of(cond)->waiting);
    bool woken = sched_wait(deadline, "a condition variable");
    mutex_take(mutex);
    return woken ? 0 : ETIMEDOUT;
}

int pthread_cond_wait(pthread_cond_t *restrict cond,
                      pthread_mutex_t *restrict mutex)
{
    if (!sched.active) {
        return REAL(pthread_cond_wait)(cond, mutex);
    }
    return wait_until(cond, mutex, SIM_FOREVER);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond,
                           pthread_mutex_t *restrict mutex, clockid_t clock,
                           const struct timespec *restrict until)
{
    if (!sched.active) {
        return REAL(pthread_cond_clockwait)(cond, mutex, clock, until);
    }
    sim_ns deadline;
    int error = clock_deadline(clock, until, &deadline);
    return error ? error : wait_until(cond, mutex, deadline);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond,
                           pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    if (!sched.active) {
        return REAL(pthread_cond_timedwait)(cond, mutex, until);
    }
    return pthread_cond_clockwait(cond, mutex, of(cond)->clock, until);
}

int pthread_cond_signal(pthread_cond_t *cond)
{
    if (!sched.active) {
        return REAL(pthread_cond_signal)(cond);
    }
    struct thread *waiting = sched_choose(&of(cond)->waiting);
    if (waiting) {
        sched_wake(waiting);
    }
    sched_step();
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    if (!sched.active) {
        return REAL(pthread_cond_broadcast)(cond);
    }
    sim_wake_all(&of(cond)->waiting);
    sched_step();
    return 0;
}
