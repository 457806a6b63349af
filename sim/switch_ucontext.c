/* switch_ucontext.c - the context switch by libc, for machines without one in
 * assembly.
 * Layer: sim. About 20 times slower: it also saves the signal mask, by a system
 * call. */
#include "sim/switch.h"

#ifdef SIM_UCONTEXT

#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "base/assert.h"
#include "sim/fiber.h"

/* At the top of a fiber's stack; what `sp` points at before it first runs. */
struct first {
    ucontext_t context;
    void (*entry)(void *);
    void *argument;
};

/* The arguments of makecontext() are ints: a pointer takes two. */
static void start(unsigned high, unsigned low)
{
    struct first *first =
        (struct first *)((uintptr_t)high << 16 << 16 | (uintptr_t)low);
    first->entry(first->argument);
    LAB_BUG("the first function of a fiber returned");
}

void *fiber_prepare(void *stack, void (*entry)(void *), void *argument)
{
    char *end = fiber_stack_top(stack);
    uintptr_t at = ((uintptr_t)end - sizeof(struct first)) & ~(uintptr_t)63;
    struct first *first = (struct first *)at;
    memset(first, 0, sizeof(*first));
    int error = getcontext(&first->context);
    LAB_ASSERT(error == 0);
    first->entry = entry;
    first->argument = argument;
    first->context.uc_stack.ss_sp = stack;
    first->context.uc_stack.ss_size = at - (uintptr_t)stack;
    makecontext(&first->context, (void (*)(void))start, 2,
                (unsigned)(at >> 16 >> 16), (unsigned)at);
    return &first->context;
}

/* The context that is left lies in this frame: on the stack it belongs to,
 * so that fiber_stack_give() finds it there. No red zones around it, since
 * a fiber that is killed never comes back to take them away. */
__attribute__((noinline, no_sanitize("address"))) void
fiber_switch(void **save_sp, void *load_sp)
{
    ucontext_t here;
    *save_sp = &here;
    int error = swapcontext(&here, load_sp);
    LAB_ASSERT(error == 0);
}

#endif
