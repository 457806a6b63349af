/* cleanup.c - what pthread_cleanup_push and pop compile to.
 * Layer: sim. libc keeps the list of handlers per OS thread, where fibers
 * would link each other's; here each thread has its own. */
#include "sim/calls/cleanup.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#include "base/bytes.h"
#include "sim/real/libc.h"
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

static _Noreturn void run_pushed(__pthread_unwind_buf_t *buffer)
{
    sched.current->cleanup = buffer->__pad[0];
    jmp_buf place; /* a longer type: the rest is a signal mask, not saved */
    memset(&place, 0, sizeof(place));
    memcpy(&place, buffer->__cancel_jmp_buf, sizeof(buffer->__cancel_jmp_buf));
    longjmp(place, 1);
}

/* ---- Frames of code that is compiled with -fexceptions ---------------------
 * There handlers are cleanups of variables: the unwinder of the compiler's
 * library runs them, frame by frame. Before it passes a frame it asks here. */

/* No more frames: of this thread, or none that the unwinder understands. */
static _Noreturn void no_more_frames(struct _Unwind_Exception *exception)
{
    __pthread_unwind_buf_t *buffer = sched.current->cleanup;
    free(exception);
    if (buffer) {
        run_pushed(buffer);
    }
    sched_exit(sched.current->result);
}

static _Unwind_Reason_Code before_frame(int version, _Unwind_Action actions,
                                        _Unwind_Exception_Class class,
                                        struct _Unwind_Exception *exception,
                                        struct _Unwind_Context *context,
                                        void *unused)
{
    (void)version, (void)class, (void)unused;
    /* A pushed handler lies in its function's frame, and is due when that has
     * been passed: when it lies below the stack pointer of this one. */
    __pthread_unwind_buf_t *buffer = sched.current->cleanup;
    if (buffer && (uintptr_t)buffer < _Unwind_GetCFA(context)) {
        free(exception);
        run_pushed(buffer);
    }
    if (actions & _UA_END_OF_STACK) {
        no_more_frames(exception);
    }
    return _URC_NO_REASON;
}

static _Unwind_Reason_Code no_frame(struct _Unwind_Context *context,
                                    void *unused)
{
    (void)context, (void)unused;
    return _URC_END_OF_STACK;
}

/* The unwinder prepares itself once in a process, by pthread_once: that must
 * not be a step of whichever run comes first. */
static void prepare_unwinder(void)
{
    sched.inside = true;
    _Unwind_Backtrace(no_frame, NULL);
    sched.inside = false;
}

void cleanup_run_next(void)
{
    prepare_unwinder();
    /* Its place must outlive this frame; a crash frees the server's heap. */
    struct _Unwind_Exception *exception = lab_xcalloc(1, sizeof(*exception));
    _Unwind_ForcedUnwind(exception, before_frame, NULL);
    no_more_frames(exception);
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
