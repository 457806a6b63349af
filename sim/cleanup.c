/* cleanup.c - what pthread_cleanup_push and pop compile to.
 * Layer: sim. libc keeps the list of handlers per OS thread, where fibers
 * would link each other's; here each thread has its own. */
#include "sim/cleanup.h"

#include <pthread.h>
#include <setjmp.h>
#include <string.h>

#include "sim/real.h"
#include "sim/sched.h"

/* The handler's frame has saved its place in buffer before it registers. */
void __pthread_register_cancel(__pthread_unwind_buf_t *buffer)
{
    if (!sched.active) {
        REAL(__pthread_register_cancel)(buffer);
        return;
    }
    buffer->__pad[0] = sched.current->cleanup;
    sched.current->cleanup = buffer;
}

void __pthread_unregister_cancel(__pthread_unwind_buf_t *buffer)
{
    if (!sched.active) {
        REAL(__pthread_unregister_cancel)(buffer);
        return;
    }
    sched.current->cleanup = buffer->__pad[0];
}

void cleanup_run_next(void)
{
    __pthread_unwind_buf_t *buffer = sched.current->cleanup;
    if (!buffer) {
        sched_exit(sched.current->result);
    }
    sched.current->cleanup = buffer->__pad[0];
    jmp_buf place; /* a longer type: the rest is a signal mask, not saved */
    memset(&place, 0, sizeof(place));
    memcpy(&place, buffer->__cancel_jmp_buf, sizeof(buffer->__cancel_jmp_buf));
    longjmp(place, 1);
}

/* At the end of a handler that pthread_exit has started. */
void __pthread_unwind_next(__pthread_unwind_buf_t *buffer)
{
    if (!sched.active) {
        REAL(__pthread_unwind_next)(buffer);
        __builtin_unreachable();
    }
    cleanup_run_next();
}
