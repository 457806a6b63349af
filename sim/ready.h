/* ready.h - which of the threads that can run is next.
 * Layer: sim, internal. */
#ifndef SIM_READY_H
#define SIM_READY_H

#include "sim/sched.h"

/* A thread can run from now on, in its turn by the policy of the run. */
void ready_add(struct thread *thread);

/* It cannot any more. */
void ready_remove(struct thread *thread);

/* The next one, removed; NULL if nobody can run. */
struct thread *ready_take(void);

/* May the running thread, which passes a step, go on? If not, ready_add(). */
bool ready_stays(struct thread *running);

/* Others first (policy pct). */
void ready_lower(struct thread *thread);

/* Forget all, between runs. */
void ready_clear(void);

#endif
