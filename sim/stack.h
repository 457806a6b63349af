/* stack.h - where threads are in the code under test, for reports.
 * Layer: sim, internal. */
#ifndef SIM_STACK_H
#define SIM_STACK_H

#include "sim/sched.h"

/* The code was interrupted by a signal, with these registers; the handler is
 * about to end the run. */
void stack_interrupted(uintptr_t pc, uintptr_t sp);

/* Fill in where this thread is, running or parked. When the run is over: the
 * thread must not go on afterwards. Async-signal-safe. */
void stack_look(struct thread *thread, struct sim_stack *stack);

/* In a handler: was the signal caused by stack_look() on a stack that is no
 * stack any more? Then it does not return. */
void stack_look_failed(void);

/* The current thread is about to wait for `what`. Noted, once for each place,
 * if it holds a mutex meanwhile: others may wait for long. */
void stack_note_wait(const char *what);

/* Where the notes go; forgets the former run. */
void stack_begin(struct sim_result *result);

#endif
