/* backtrace.c - where threads are in the code under test.
 * Layer: sim. Keeps places (file and offset), which whoever has the files turns
 * into functions and lines.
 *
 * The unwinder walks the stack on which it is called, so for a parked thread it
 * is called on that thread's stack: sched_call_on(). It allocates nothing. It
 * calls pthread_once(), which passes through while sched.active is false. */
#include "sim/backtrace.h"

#include <setjmp.h>
#include <unwind.h>

#include "base/assert.h"
#include "sim/fiber.h"
#include "sim/image/libc_range.h"
#include "sim/image/symbols.h"
#include "sim/node_internal.h"

enum { DEPTH_MAX = 256 }; /* frames looked at for SIM_FRAMES of interest */

static struct {
    uintptr_t pc, sp;       /* where a signal interrupted; sp 0: nowhere */
    struct sim_stack *into; /* of the walk on another stack */
    bool walking;
    jmp_buf fault; /* back out of a walk over a destroyed stack */
} state;

void backtrace_begin(void)
{
    LAB_ASSERT(!state.walking);
    state.pc = state.sp = 0;
}

void backtrace_interrupted(uintptr_t pc, uintptr_t sp)
{
    state.pc = pc;
    state.sp = sp;
}

/* ---- Walking one stack ---------------------------------------------------*/

struct walk {
    struct sim_stack *stack;
    uintptr_t from; /* the frame to begin with: those of the handler of a
                       signal are below it; 0: the first */
    bool found;
    int depth;
};

/* Keep frames in the plug-in of a server's thread, and those in the program of
 * a tester's: the rest is the framework or libc. */
static void keep(struct sim_stack *stack, uintptr_t at)
{
    struct sim_place place = symbols_place(at);
    bool wanted = stack->server >= 0 ? place.file >= SIM_PLUGIN_FILE
                                     : place.file == SIM_PROGRAM_FILE;
    if (wanted && stack->frame_count < SIM_FRAMES) {
        stack->frames[stack->frame_count++] = place;
    }
}

static _Unwind_Reason_Code walk_frame(struct _Unwind_Context *context,
                                      void *argument)
{
    struct walk *walk = argument;
    int exact = 0;
    uintptr_t at = _Unwind_GetIPInfo(context, &exact);
    if (at == 0 || ++walk->depth > DEPTH_MAX ||
        walk->stack->frame_count == SIM_FRAMES) {
        return _URC_END_OF_STACK;
    }
    walk->found |= at == walk->from;
    if (walk->found) {
        /* The return address may belong to the next line: the call does not. */
        keep(walk->stack, exact ? at : at - 1);
    }
    return _URC_NO_REASON;
}

static void walk(struct sim_stack *stack, uintptr_t from)
{
    struct walk walk = {.stack = stack, .from = from, .found = from == 0};
    _Unwind_Backtrace(walk_frame, &walk);
}

/* ---- Any thread ----------------------------------------------------------*/

static bool runs_on(const struct thread *thread, uintptr_t sp)
{
    uintptr_t low = (uintptr_t)thread->stack - FIBER_GUARD_BYTES;
    return sp - low < FIBER_GUARD_BYTES + FIBER_STACK_BYTES;
}

/* After a jump to an address that is no code, the unwinder finds no frame; but
 * the call has left its return address on the stack. */
static void keep_caller(struct sim_stack *stack)
{
    if (!libc_contains((const void *)state.pc) &&
        state.sp % sizeof(uintptr_t) == 0) {
        keep(stack, *(const uintptr_t *)state.sp - 1);
    }
}

static void walk_here(void)
{
    walk(state.into, 0);
}

static void look(struct thread *thread, struct sim_stack *stack)
{
    uintptr_t here = state.sp ? state.sp : (uintptr_t)&here;
    if (!runs_on(thread, here)) {
        state.into = stack;
        sched_call_on(thread, walk_here);
        return;
    }
    if (state.sp && symbols_place(state.pc).file == SIM_NO_FILE) {
        keep_caller(stack);
    }
    walk(stack, state.pc);
}

static void describe_held(const struct thread *thread, struct sim_stack *stack)
{
    LAB_ASSERT(stack->frame_count == 0);
    stack->held_count = thread->held_count;
    if (thread->held_count > 0) {
        stack->held = symbols_place(thread->held[0].at - 1);
    }
}

void backtrace_take(struct thread *thread, struct sim_stack *stack)
{
    *stack = (struct sim_stack){
        .server = thread->node ? thread->node->index : -1,
    };
    describe_held(thread, stack);
    if (!thread->started) {
        return; /* its stack has no frames yet */
    }
    LAB_ASSERT(!state.walking);
    /* The unwinder's own locks are libc's. */
    bool active = sched.active;
    sched.active = false;
    state.walking = true;
    if (_setjmp(state.fault) == 0) {
        look(thread, stack);
    }
    state.walking = false;
    sched.active = active;
}

void backtrace_failed(void)
{
    if (state.walking) {
        _longjmp(state.fault, 1);
    }
}
