/* fiber.c - a pool of guarded stacks.
 * Layer: sim. One OS thread. Mapping a stack costs microseconds and faults in
 * its pages, so stacks are used again, the last one first. */
#include "sim/fiber.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "sim/sanitizer.h"
#include "sim/sim.h"

/* Free stacks are linked through their topmost word, a page that is present. */
struct free_stack {
    void *next;
};

static struct {
    void *free;
    size_t made; /* in use or free: they are never unmapped */
    unsigned char fill;
} pool;

/* Deeper frames of plug-ins are rare, and filling 8 MiB would take long. */
#define FILLED_BYTES ((size_t)64 << 10)

void fiber_set_fill(unsigned char byte)
{
    pool.fill = byte;
}

static struct free_stack *top_of(void *stack)
{
    char *end = (char *)stack + FIBER_STACK_BYTES;
    return (struct free_stack *)(void *)(end - sizeof(struct free_stack));
}

void *fiber_stack_top(void *stack)
{
    uintptr_t number =
        (uintptr_t)stack / (FIBER_STACK_BYTES + FIBER_GUARD_BYTES);
    char *end = (char *)stack + FIBER_STACK_BYTES;
    LAB_ASSERT((uintptr_t)end % 64 == 0);
    return end - 64 - number * 19 % 64 * 64; /* the pool's word is above */
}

/* NULL if the system refuses. Shared mappings do not count against RLIMIT_DATA,
 * which bounds the heap of the code under test. */
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

/* What a function finds in uninitialized variables comes from former frames,
 * and would depend on which thread had the stack: --verify runs with two fills.
 */
static void *filled(void *stack)
{
    if (pool.fill) {
        memset((char *)stack + FIBER_STACK_BYTES - FILLED_BYTES, pool.fill,
               FILLED_BYTES);
    }
    return stack;
}

void *fiber_stack_take(void)
{
    void *stack = pool.free;
    if (stack) {
        LAB_ASSERT(pool.made > 0);
        pool.free = top_of(stack)->next;
        return filled(stack);
    }
    if (pool.made == FIBER_STACKS_MAX) {
        sim_fail(SIM_MEMORY,
                 "more than %d threads at once: that is the limit of a run. Do "
                 "the threads that the code starts ever end?",
                 FIBER_STACKS_MAX);
    }
    stack = stack_map();
    if (!stack) { /* this machine's fault, not that of the code under test */
        sim_fail(SIM_BUG,
                 "the system has no memory for the stack of thread number %zu: "
                 "raise ulimit -v or vm.max_map_count",
                 pool.made + 1);
    }
    pool.made++;
    return filled(stack);
}

void fiber_stack_give(void *stack, void *sp)
{
    char *end = (char *)stack + FIBER_STACK_BYTES;
    LAB_ASSERT((char *)sp > (char *)stack && (char *)sp <= end);
    LAB_ASSERT(stack != pool.free); /* not given back twice */
    sanitizer_forget_stack(sp, (size_t)(end - (char *)sp));
    top_of(stack)->next = pool.free;
    pool.free = stack;
}

bool fiber_stack_overflowed(const void *stack, const void *address)
{
    uintptr_t low = (uintptr_t)stack - FIBER_GUARD_BYTES;
    return (uintptr_t)address >= low && (uintptr_t)address < (uintptr_t)stack;
}
