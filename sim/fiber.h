/* fiber.h - stacks of fibers, each with a guard, from a pool.
 * Layer: sim, internal. One OS thread. Switching between them: switch.h; what
 * runs on them: sched.h. */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stdbool.h>
#include <stddef.h>

/* 8 MiB of address space without reserve, as a thread has by default; below it
 * a guard of 1 MiB, which a large local array does not jump over. The guard's
 * 17 further pages make the distance of two stacks an odd number of pages: at a
 * round distance, all stacks would share one set of the TLB. */
#define FIBER_STACK_BYTES ((size_t)8 << 20)
#define FIBER_GUARD_BYTES (((size_t)1 << 20) + 17 * 4096)

/* The most stacks at once: each takes two mappings, and the kernel allows a
 * process 65,530 of them by default. */
#define FIBER_STACKS_MAX 30000

/* Take a stack from the pool; returns its lowest usable address. Ends the run
 * if there are too many. Reused stacks are not cleared. */
void *fiber_stack_take(void);

/* Fill the part of a stack that is used first with this byte whenever one is
 * taken; 0: leave what is there. */
void fiber_set_fill(unsigned char byte);

/* Give back a stack that no fiber runs on. sp: how far it was used. */
void fiber_stack_give(void *stack, void *sp);

/* Does the address lie in the guard of this stack? Async-signal-safe. */
bool fiber_stack_overflowed(const void *stack, const void *address);

/* The end of a stack's first frame: 64-aligned, in the topmost page, at a
 * different offset for each stack. At the same offset, the tops of all stacks
 * would share a few sets of the cache. */
void *fiber_stack_top(void *stack);

#endif
