/* cleanup.c - what pthread_cleanup_push and pop compile to.
 * Layer: sim/calls. One OS thread. libc keeps a list of handlers for each OS
 * thread, in which fibers would link each other's handlers; here each simulated
 * thread has a list of its own. */
#include "sim/calls/cleanup.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/real/libc.h"
#include "sim/sched.h"

/* Push: the macro has saved the place of the handler in buffer before. */
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
    LAB_ASSERT(sched.current->cleanup == buffer); /* they pair in one scope */
    sched.current->cleanup = buffer->__pad[0];
}

/* Jump to the handler, which ends in __pthread_unwind_next(). */
static _Noreturn void run_pushed(__pthread_unwind_buf_t *buffer)
{
    LAB_ASSERT(sched.current->cleanup == buffer);
    sched.current->cleanup = buffer->__pad[0];
    jmp_buf place; /* longer than what is saved: a signal mask comes last */
    memset(&place, 0, sizeof(place));
    memcpy(&place, buffer->__cancel_jmp_buf, sizeof(buffer->__cancel_jmp_buf));
    longjmp(place, 1);
}

/* ---- Frames of code that is compiled with -fexceptions ---------------------
 * There a handler is the cleanup of a variable: the unwinder of the compiler's
 * library runs it, frame by frame, and calls before_frame() for each. */

/* The stack is unwound, or has a frame that the unwinder does not understand.
 */
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
    /* A pushed buffer lies in the frame of its function, and is due once the
     * unwinder has passed that frame: then it is below this frame's stack
     * pointer. */
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

/* The unwinder initializes itself once in a process, by pthread_once(). That
 * must not be a scheduling point, or the first run of a process would differ
 * from the later ones: inside, pthread_once() passes through. */
static void prepare_unwinder(void)
{
    LAB_ASSERT(!sched.inside);
    sched.inside = true;
    _Unwind_Backtrace(no_frame, NULL);
    sched.inside = false;
}

void cleanup_run_next(void)
{
    prepare_unwinder();
    /* On the heap, as it outlives this frame: a crash frees it. */
    struct _Unwind_Exception *exception = lab_xcalloc(1, sizeof(*exception));
    _Unwind_ForcedUnwind(exception, before_frame, NULL);
    no_more_frames(exception);
}

/* What a handler calls at its end when pthread_exit() has started it. */
void __pthread_unwind_next(__pthread_unwind_buf_t *buffer)
{
    if (!sched.active) {
        REAL(__pthread_unwind_next)(buffer);
        __builtin_unreachable();
    }
    cleanup_run_next();
}
