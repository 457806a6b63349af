/* switch.h - the bare context switch between two stacks.
 * Layer: sim, internal. One OS thread.
 *
 * SIM_UCONTEXT: libc's portable switch, on machines without one in assembly and
 * with -DSIM_UCONTEXT. The kind of switch changes its cost only: traces are the
 * same. */
#ifndef SIM_SWITCH_H
#define SIM_SWITCH_H

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(SIM_UCONTEXT)
#define SIM_UCONTEXT 1
#endif

/* Write the first frame of a fiber's stack (fiber.h): switching to the result
 * calls entry(argument), which must not return. */
void *fiber_prepare(void *stack, void (*entry)(void *), void *argument);

/* Leave this stack for the one at load_sp, and return when a switch comes back.
 * *save_sp receives where this one is parked. */
void fiber_switch(void **save_sp, void *load_sp);

#endif
