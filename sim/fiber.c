/* fiber.c - a pool of guarded stacks, and the first frame of a fiber.
 * Layer: sim. One OS thread. */
#include "sim/fiber.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "sim/sanitizer.h"
#include "sim/sim.h"

#if !defined(__x86_64__)
#error "no context switch for this machine yet: see switch_x86_64.S"
#endif

void fiber_start(void);

/* Free stacks are linked through their topmost word. */
struct free_stack {
    void *next;
};

static struct {
    void *free;
    size_t made;
} pool;

static struct free_stack *top_of(void *stack)
{
    char *end = (char *)stack + FIBER_STACK_BYTES;
    return (struct free_stack *)(void *)(end - sizeof(struct free_stack));
}

/* Shared mappings do not count against RLIMIT_DATA, which bounds the heap of
 * the code under test. */
static void *stack_map(void)
{
    size_t all = FIBER_GUARD_BYTES + FIBER_STACK_BYTES;
    char *low = mmap(NULL, all, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (low == MAP_FAILED || mprotect(low, FIBER_GUARD_BYTES, PROT_NONE) != 0) {
        return NULL;
    }
    return low + FIBER_GUARD_BYTES;
}

void *fiber_stack_take(void)
{
    void *stack = pool.free;
    if (stack) {
        pool.free = top_of(stack)->next;
        return stack;
    }
    if (pool.made < FIBER_STACKS_MAX) {
        stack = stack_map();
    }
    if (!stack) {
        sim_fail(SIM_MEMORY,
                 "more than %zu threads at once: the limit is %d, use fewer",
                 pool.made, FIBER_STACKS_MAX);
    }
    pool.made++;
    return stack;
}

void fiber_stack_give(void *stack, void *sp)
{
    char *end = (char *)stack + FIBER_STACK_BYTES;
    LAB_ASSERT((char *)sp > (char *)stack && (char *)sp <= end);
    sanitizer_forget_stack(sp, (size_t)(end - (char *)sp));
    top_of(stack)->next = pool.free;
    pool.free = stack;
}

bool fiber_stack_overflowed(const void *stack, const void *address)
{
    uintptr_t low = (uintptr_t)stack - FIBER_GUARD_BYTES;
    return (uintptr_t)address >= low && (uintptr_t)address < (uintptr_t)stack;
}

void *fiber_prepare(void *stack, void (*entry)(void *), void *argument)
{
    /* Seven words as fiber_switch pops them. The stack pointer at the start
     * of fiber_start is 16-aligned: its call gives entry the ABI's 16n + 8. */
    char *end = (char *)stack + FIBER_STACK_BYTES - 64;
    uintptr_t *frame = (uintptr_t *)(void *)(end - 7 * sizeof(uintptr_t));
    frame[0] = 0;                   /* r15 */
    frame[1] = 0;                   /* r14 */
    frame[2] = (uintptr_t)argument; /* r13 */
    frame[3] = (uintptr_t)entry;    /* r12 */
    frame[4] = 0;                   /* rbx */
    frame[5] = 0;                   /* rbp */
    frame[6] = (uintptr_t)fiber_start;
    return frame;
}
