/* backtrace.c - where threads are in the code under test.
 * Layer: sim. Addresses are kept as offsets into files; whoever has the
 * files makes functions and lines of them.
 *
 * A parked thread is visited: the visitor switches to its stack, which then
 * walks itself. The unwinder of libgcc allocates nothing. It calls
 * pthread_once, which passes through while sched.active is false. */
#include "sim/backtrace.h"

#include <setjmp.h>
#include <unwind.h>

#include "sim/fiber.h"
#include "sim/image/libc_range.h"
#include "sim/image/symbols.h"
#include "sim/node_internal.h"

enum { DEPTH_MAX = 256 }; /* frames looked at for SIM_FRAMES of interest */

static struct {
    uintptr_t pc, sp; /* interrupted here; sp 0: not */
    struct sim_stack *looking;
    bool guarded;
    jmp_buf out; /* of a walk that met a fault */
} state;

void backtrace_begin(void)
{
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
    uintptr_t from; /* leave out the handler's frames, up to this one */
    bool found;
    int depth;
};

/* Of a server's thread the plug-in's frames are kept, of the tester's the
 * program's. */
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
        keep(walk->stack, exact ? at : at - 1); /* the call, not behind it */
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

/* After a jump to nowhere the unwinder knows nothing; the return address lies
 * on the stack. */
static void keep_caller(struct sim_stack *stack)
{
    if (!libc_contains((const void *)state.pc) &&
        state.sp % sizeof(uintptr_t) == 0) {
        keep(stack, *(const uintptr_t *)state.sp - 1);
    }
}

static void visited(void)
{
    walk(state.looking, 0);
}

static void look(struct thread *thread, struct sim_stack *stack)
{
    uintptr_t here = state.sp ? state.sp : (uintptr_t)&here;
    if (!runs_on(thread, here)) {
        state.looking = stack;
        sched_call_on(thread, visited);
        return;
    }
    if (state.sp && symbols_place(state.pc).file == SIM_NO_FILE) {
        keep_caller(stack);
    }
    walk(stack, state.pc);
}

static void describe_held(const struct thread *thread, struct sim_stack *stack)
{
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
        return;
    }
    bool active = sched.active;
    sched.active = false;
    state.guarded = true;
    if (_setjmp(state.out) == 0) {
        look(thread, stack);
    }
    state.guarded = false;
    sched.active = active;
}

void backtrace_failed(void)
{
    if (state.guarded) {
        _longjmp(state.out, 1);
    }
}
