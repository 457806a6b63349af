/* attributes.c - attributes of running threads, and the switches of
 * cancellation. Layer: sim/calls. One OS thread. Attribute objects are plain
 * data, for which libc's own functions are good. */
#include <errno.h>
#include <pthread.h>

#include "base/assert.h"
#include "sim/fiber.h"
#include "sim/real/libc.h"
#include "sim/threads.h"

int pthread_getattr_np(pthread_t handle, pthread_attr_t *attr)
{
    if (!sched.active) {
        return REAL(pthread_getattr_np)(handle, attr);
    }
    struct thread *thread =
        threads_find((uint32_t)handle, (uint32_t)(handle >> 32));
    if (!thread) {
        return ESRCH;
    }
    LAB_ASSERT(thread->stack != NULL);
    int error = pthread_attr_init(attr);
    if (!error) {
        pthread_attr_setstack(attr, thread->stack, FIBER_STACK_BYTES);
        pthread_attr_setguardsize(attr, FIBER_GUARD_BYTES);
        pthread_attr_setdetachstate(attr, thread->detached
                                              ? PTHREAD_CREATE_DETACHED
                                              : PTHREAD_CREATE_JOINABLE);
    }
    return error;
}

/* pthread_cancel() is refused, so no thread is ever cancelled; but each
 * remembers what it has chosen, as code may put the former choice back. */
static int exchange(int *kept, int wanted, int *former)
{
    if (wanted != 0 && wanted != 1) {
        return EINVAL;
    }
    if (former) {
        *former = *kept;
    }
    *kept = wanted;
    return 0;
}

int pthread_setcancelstate(int state, int *former)
{
    return sched.active ? exchange(&sched.current->cancel_state, state, former)
                        : REAL(pthread_setcancelstate)(state, former);
}

int pthread_setcanceltype(int type, int *former)
{
    return sched.active ? exchange(&sched.current->cancel_type, type, former)
                        : REAL(pthread_setcanceltype)(type, former);
}

void pthread_testcancel(void)
{
    if (!sched.active) {
        REAL(pthread_testcancel)();
    }
}
