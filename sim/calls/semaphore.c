/* semaphore.c - POSIX semaphores without names.
 * Layer: sim/calls. One OS thread. The state lies inside the caller's object.
 */
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <string.h>

#include "base/assert.h"
#include "sim/calls/magic.h"
#include "sim/calls/time.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"

struct semaphore {
    uint32_t value;
    struct sim_queue waiting;
    struct magic magic;
};
_Static_assert(sizeof(struct semaphore) <= sizeof(sem_t), "must fit");

static struct semaphore *of(sem_t *sem)
{
    return (struct semaphore *)(void *)sem;
}

static struct semaphore *checked(sem_t *sem, const char *does)
{
    magic_check(&of(sem)->magic, does, "a semaphore");
    return of(sem);
}

static int fail(int error)
{
    errno = error;
    return -1;
}

int sem_init(sem_t *sem, int shared, unsigned value)
{
    if (!sched.active) {
        return REAL(sem_init)(sem, shared, value);
    }
    if (value > SEM_VALUE_MAX) {
        return fail(EINVAL);
    }
    memset(sem, 0, sizeof(*sem));
    of(sem)->value = value;
    magic_set(&of(sem)->magic);
    return 0;
}

int sem_destroy(sem_t *sem)
{
    if (!sched.active) {
        return REAL(sem_destroy)(sem);
    }
    struct semaphore *mine = checked(sem, "destroys");
    if (!sim_queue_empty(&mine->waiting)) {
        sim_fail(SIM_MISUSE,
                 "thread %s destroys a semaphore on which threads wait: wake "
                 "and join them first",
                 sim_thread_name());
    }
    magic_destroy(&mine->magic);
    return 0;
}

/* Between a post and the run of the thread that it wakes, another thread may
 * take the value: hence the loop. */
static int wait_until(sem_t *object, struct deadline deadline)
{
    sched_step();
    struct semaphore *sem = checked(object, "waits for");
    while (sem->value == 0) {
        if (clock_passed(deadline)) {
            return fail(ETIMEDOUT);
        }
        sched_enqueue(&sem->waiting);
        clock_wait(deadline, "a semaphore");
    }
    sem->value--;
    race_acquire(sem);
    return 0;
}

int sem_wait(sem_t *sem)
{
    return sched.active ? wait_until(sem, CLOCK_NEVER) : REAL(sem_wait)(sem);
}

int sem_trywait(sem_t *object)
{
    if (!sched.active) {
        return REAL(sem_trywait)(object);
    }
    sched_step();
    struct semaphore *sem = checked(object, "waits for");
    if (sem->value == 0) {
        return fail(EAGAIN);
    }
    sem->value--;
    race_acquire(sem);
    return 0;
}

int sem_clockwait(sem_t *restrict sem, clockid_t clock,
                  const struct timespec *restrict until)
{
    if (!sched.active) {
        return REAL(sem_clockwait)(sem, clock, until);
    }
    struct deadline deadline;
    int error = clock_deadline(clock, until, &deadline);
    return error ? fail(error) : wait_until(sem, deadline);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
    return sched.active ? sem_clockwait(sem, CLOCK_REALTIME, until)
                        : REAL(sem_timedwait)(sem, until);
}

int sem_post(sem_t *object)
{
    if (!sched.active) {
        return REAL(sem_post)(object);
    }
    struct semaphore *sem = checked(object, "posts");
    if (sem->value == SEM_VALUE_MAX) {
        return fail(EOVERFLOW);
    }
    sem->value++;
    LAB_ASSERT(sem->value > 0); /* the check above excludes an overflow */
    race_release(sem);
    struct thread *next = sched_choose(&sem->waiting);
    if (next) {
        sched_wake(next);
    }
    sched_step();
    return 0;
}

int sem_getvalue(sem_t *restrict sem, int *restrict value)
{
    if (!sched.active) {
        return REAL(sem_getvalue)(sem, value);
    }
    *value = (int)checked(sem, "reads")->value;
    return 0;
}
