/* backtrace.h - where threads are in the code under test, for reports.
 * Layer: sim, internal. One OS thread. */
#ifndef SIM_BACKTRACE_H
#define SIM_BACKTRACE_H

#include "sim/sched.h"

/* A run begins: nothing is interrupted. */
void backtrace_begin(void);

/* A signal interrupted the code at these registers; its handler is about to
 * end the run. */
void backtrace_interrupted(uintptr_t pc, uintptr_t sp);

/* Fill in where this thread is, running or parked. When the run is over: a
 * parked thread must not go on afterwards. Async-signal-safe. */
void backtrace_take(struct thread *thread, struct sim_stack *stack);

/* For handlers of fatal signals: if backtrace_take() caused the signal, because
 * the stack it walks is destroyed, go back into it and do not return. */
void backtrace_failed(void);

#endif
