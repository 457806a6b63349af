/* fiber.h - stacks of fibers, each with a guard, from a pool.
 * Layer: sim, internal. One OS thread. Switching between them: switch.h; what
 * runs on them: sched.h. */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stdbool.h>
#include <stddef.h>

/* 8 MiB of address space without reserve, as a thread has by default, below
 * it 1 MiB that may not be touched: a large local array does not jump it. The
 * 17 pages more make the distance of two stacks an odd number of pages: with
 * a round one, all stacks share one set of the translation cache. */
#define FIBER_STACK_BYTES ((size_t)8 << 20)
#define FIBER_GUARD_BYTES (((size_t)1 << 20) + 17 * 4096)

/* The most stacks in use at once: two mappings each, of the 65,530 that the
 * kernel allows a process by default. */
#define FIBER_STACKS_MAX 30000

/* A stack from the pool: its lowest usable address. Ends the run with a
 * message where there are too many. Reused stacks are not cleared. */
void *fiber_stack_take(void);

/* The part of each stack that is reached first holds this byte when the stack
 * is taken; 0: what was there before. */
void fiber_set_fill(unsigned char byte);

/* Give a stack back that nobody runs on. sp: how far it was used. */
void fiber_stack_give(void *stack, void *sp);

/* Does the address lie in the guard of this stack? */
bool fiber_stack_overflowed(const void *stack, const void *address);

/* Where the first frame of a stack may end: somewhere in the topmost page,
 * 64-aligned. Tops of all stacks at the same place in their pages would share
 * the same few sets of the caches. */
void *fiber_stack_top(void *stack);

#endif
