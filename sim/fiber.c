/* fiber.c - a pool of guarded stacks.
 * Layer: sim. One OS thread. */
#include "sim/fiber.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "sim/sanitizer.h"
#include "sim/sim.h"

/* Free stacks are linked through their topmost word. */
struct free_stack {
    void *next;
};

static struct {
    void *free;
    size_t made;
    unsigned char fill;
} pool;

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
    return end - 64 - number * 19 % 64 * 64; /* the pool's word is above */
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
        pool.free = top_of(stack)->next;
        return filled(stack);
    }
    if (pool.made == FIBER_STACKS_MAX) {
        sim_fail(SIM_MEMORY,
                 "more than %zu threads at once: the limit is %d, use fewer",
                 pool.made, FIBER_STACKS_MAX);
    }
    stack = stack_map();
    if (!stack) { /* this machine's fault, not that of the code under test */
        sim_fail(SIM_BUG,
                 "the system gives no memory for the stack of thread number "
                 "%zu: look at ulimit -v and vm.max_map_count",
                 pool.made + 1);
    }
    pool.made++;
    return filled(stack);
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
