/* barrier.c - pthread barriers.
 * Layer: sim/calls. One OS thread. The state lies inside the caller's object.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/assert.h"
#include "sim/calls/magic.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"
#include "sim/threads.h"

struct barrier {
    uint32_t count, arrived;
    struct sim_queue waiting;
    struct magic magic;
};
_Static_assert(sizeof(struct barrier) <= sizeof(pthread_barrier_t), "must fit");

static struct barrier *of(pthread_barrier_t *object)
{
    return (struct barrier *)(void *)object;
}

static struct barrier *checked(pthread_barrier_t *object, const char *does)
{
    magic_check(&of(object)->magic, does, "a barrier");
    return of(object);
}

int pthread_barrier_init(pthread_barrier_t *restrict object,
                         const pthread_barrierattr_t *restrict attr,
                         unsigned count)
{
    if (!sched.active) {
        return REAL(pthread_barrier_init)(object, attr, count);
    }
    if (count == 0) {
        return EINVAL;
    }
    memset(object, 0, sizeof(*object));
    of(object)->count = count;
    magic_set(&of(object)->magic);
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *object)
{
    if (!sched.active) {
        return REAL(pthread_barrier_destroy)(object);
    }
    struct barrier *barrier = checked(object, "destroys");
    if (barrier->arrived) {
        return EBUSY;
    }
    magic_destroy(&barrier->magic);
    return 0;
}

/* Let all threads go on. For the race detector, what follows a round comes
 * after all that preceded it; the next round begins without order. */
static void open_barrier(struct barrier *barrier)
{
    LAB_ASSERT(barrier->arrived == barrier->count);
    for (struct thread *t = threads_at(barrier->waiting.first); t;
         t = threads_at(t->next)) {
        race_acquire_for(t, barrier);
    }
    race_acquire(barrier);
    race_forget(barrier);
    barrier->arrived = 0;
    sim_wake_all(&barrier->waiting);
}

int pthread_barrier_wait(pthread_barrier_t *object)
{
    if (!sched.active) {
        return REAL(pthread_barrier_wait)(object);
    }
    sched_step();
    struct barrier *barrier = checked(object, "waits at");
    race_release(barrier);
    if (++barrier->arrived == barrier->count) {
        open_barrier(barrier);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    /* Only open_barrier() wakes this thread. By the time it runs, a thread that
     * went on before may have destroyed the barrier, so it looks no more. */
    sched_enqueue(&barrier->waiting);
    bool woken = sched_wait(SIM_FOREVER, "the others to reach a barrier");
    LAB_ASSERT(woken);
    return 0;
}
