/* pthread.c - creating, joining and ending threads; pthread_once.
 * Layer: sim/calls. One OS thread.
 *
 * A simulated pthread_t is the number of the thread and, above it, the
 * generation of its record: never a pointer, so it is the same in every run of
 * a seed. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/calls/cleanup.h"
#include "sim/calls/time.h"
#include "sim/plugin_image.h"
#include "sim/race/race.h"
#include "sim/real/libc.h"
#include "sim/real/mode.h"
#include "sim/threads.h"

static pthread_t handle_of(const struct thread *thread)
{
    return (pthread_t)thread->generation << 32 | thread->number;
}

static struct thread *thread_of(pthread_t handle)
{
    return threads_find((uint32_t)handle, (uint32_t)(handle >> 32));
}

int pthread_create(pthread_t *restrict handle,
                   const pthread_attr_t *restrict attr, void *(*start)(void *),
                   void *restrict argument)
{
    if (!sched.active) {
        return real_thread_create(handle, attr, start, argument);
    }
    if (plugin_loading()) { /* no server runs yet whose thread it could be */
        sim_fail(SIM_MISUSE, "a constructor of the plug-in starts a thread: "
                             "start it in raft_make() instead");
    }
    int state = PTHREAD_CREATE_JOINABLE;
    if (attr) {
        pthread_attr_getdetachstate(attr, &state);
    }
    struct thread *me = sched.current;
    /* Its random decisions depend on who created it and which child it is: not
     * on the threads of others, and not on its number. */
    uint64_t path = random_key(me->path, me->children++);
    struct thread *thread =
        sched_create(me->node, NULL, path, start, NULL, argument);
    thread->detached = state == PTHREAD_CREATE_DETACHED;
    *handle = handle_of(thread); /* before the new thread may run */
    sched_step();
    return 0;
}

pthread_t pthread_self(void)
{
    return sched.active ? handle_of(sched.current) : REAL(pthread_self)();
}

int(pthread_equal)(pthread_t a, pthread_t b)
{
    return a == b;
}

void pthread_exit(void *result)
{
    if (!sched.active) {
        REAL(pthread_exit)(result);
        __builtin_unreachable();
    }
    struct thread *me = sched.current;
    if (me->task && me->node) {
        sim_fail(SIM_MISUSE,
                 "pthread_exit() ended the thread %s, but raftlab called the "
                 "function that runs on it and waits for its return: return "
                 "from it instead",
                 threads_name(me));
    }
    me->result = result;
    cleanup_run_next();
}

int pthread_detach(pthread_t handle)
{
    if (!sched.active) {
        return REAL(pthread_detach)(handle);
    }
    struct thread *thread = thread_of(handle);
    if (!thread) {
        return ESRCH;
    }
    if (thread->detached) {
        return EINVAL;
    }
    thread->detached = true;
    if (thread->state == THREAD_ENDED) { /* else finish_switch() frees it */
        threads_forget(thread);
    }
    sched_step();
    return 0;
}

/* ---- Joining -------------------------------------------------------------*/

/* Returns too_late if the deadline comes first. */
static int join_until(pthread_t handle, void **result, struct deadline deadline,
                      int too_late)
{
    sched_step();
    struct thread *thread = thread_of(handle);
    if (!thread) {
        return ESRCH;
    }
    if (thread->detached) {
        return EINVAL;
    }
    if (thread == sched.current) {
        return EDEADLK;
    }
    while (thread->state != THREAD_ENDED) {
        if (clock_passed(deadline)) {
            return too_late;
        }
        sched_enqueue(&thread->joiners);
        clock_wait(deadline, "another thread to end");
        if (thread_of(handle) != thread) {
            return ESRCH; /* another thread joined it: undefined in POSIX */
        }
    }
    LAB_ASSERT(thread != sched.current && thread->state == THREAD_ENDED);
    if (result) {
        *result = thread->result;
    }
    race_thread_joined(thread);
    threads_forget(thread);
    return 0;
}

int pthread_join(pthread_t handle, void **result)
{
    return sched.active ? join_until(handle, result, CLOCK_NEVER, 0)
                        : REAL(pthread_join)(handle, result);
}

int pthread_tryjoin_np(pthread_t handle, void **result)
{
    return sched.active
               ? join_until(handle, result, (struct deadline){0}, EBUSY)
               : REAL(pthread_tryjoin_np)(handle, result);
}

int pthread_clockjoin_np(pthread_t handle, void **result, clockid_t clock,
                         const struct timespec *until)
{
    if (!sched.active) {
        return REAL(pthread_clockjoin_np)(handle, result, clock, until);
    }
    struct deadline deadline;
    int error = clock_deadline(clock, until, &deadline);
    return error ? error : join_until(handle, result, deadline, ETIMEDOUT);
}

int pthread_timedjoin_np(pthread_t handle, void **result,
                         const struct timespec *until)
{
    return sched.active
               ? pthread_clockjoin_np(handle, result, CLOCK_REALTIME, until)
               : REAL(pthread_timedjoin_np)(handle, result, until);
}

/* ---- Names, yielding, once -----------------------------------------------*/

int pthread_setname_np(pthread_t handle, const char *name)
{
    if (!sched.active) {
        return REAL(pthread_setname_np)(handle, name);
    }
    struct thread *thread = thread_of(handle);
    if (!thread || strlen(name) > 15) {
        return thread ? ERANGE : ESRCH;
    }
    threads_set_name(thread, name);
    return 0;
}

int pthread_getname_np(pthread_t handle, char *name, size_t room)
{
    if (!sched.active) {
        return REAL(pthread_getname_np)(handle, name, room);
    }
    struct thread *thread = thread_of(handle);
    if (!thread || room < 16) {
        return thread ? ERANGE : ESRCH;
    }
    threads_name(thread);
    snprintf(name, 16, "%.15s", thread->names.label);
    return 0;
}

int sched_yield(void)
{
    if (!sched.active) {
        return REAL(sched_yield)();
    }
    sched_step_aside();
    return 0;
}

/* libc, too, takes 2 for "done". */
enum { ONCE_NOT_YET, ONCE_RUNNING, ONCE_DONE };

/* The thread that ran the function has ended in it, so another one runs it
 * again. */
static void once_abandoned(void *once)
{
    LAB_ASSERT(*(pthread_once_t *)once == ONCE_RUNNING);
    *(pthread_once_t *)once = ONCE_NOT_YET;
    sim_wake_all(&sched.once_waiting);
}

int pthread_once(pthread_once_t *once, void (*init)(void))
{
    if (!sched.active || sched.inside) { /* inside: the unwinder (cleanup.c) */
        return REAL(pthread_once)(once, init);
    }
    if (*once == ONCE_DONE) {
        race_acquire(once);
        return 0;
    }
    sched_step();
    while (*once == ONCE_RUNNING) {
        sched_enqueue(&sched.once_waiting);
        sched_wait(SIM_FOREVER, "a pthread_once function to return");
    }
    if (*once == ONCE_NOT_YET) {
        *once = ONCE_RUNNING;
        pthread_cleanup_push(once_abandoned, once);
        init();
        pthread_cleanup_pop(0);
        LAB_ASSERT(!sched.inside);
        *once = ONCE_DONE;
        race_release(once);
        sim_wake_all(&sched.once_waiting);
    }
    race_acquire(once);
    return 0;
}
