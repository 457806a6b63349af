/* attributes.c - what a thread can ask about itself and others, and the
 * switches of cancellation.
 * Layer: sim. Attribute objects are plain data: libc's own functions do. */
#include <errno.h>
#include <pthread.h>

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

/* Nobody can cancel a simulated thread (pthread_cancel is refused), but each
 * remembers what it has chosen. */
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
