/* ready.h - which of the runnable threads runs next.
 * Layer: sim, internal. One OS thread. */
#ifndef SIM_READY_H
#define SIM_READY_H

#include "sim/sched.h"

/* Make a thread ready: it runs in its turn by the policy of the run. If its
 * server is paused, it is paused, too. */
void ready_add(struct thread *thread);

/* Remove a ready thread; the caller sets its state. */
void ready_remove(struct thread *thread);

/* Remove and return the thread that runs next; NULL if none is ready. */
struct thread *ready_take(void);

/* May the running thread, which has taken a step, go on? If not, the caller
 * makes it ready. */
bool ready_stays(struct thread *running);

/* Let others run before this thread (policy pct). */
void ready_lower(struct thread *thread);

/* Remove all, between runs. */
void ready_clear(void);

#endif
