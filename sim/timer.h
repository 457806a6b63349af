/* timer.h - what happens when virtual time has passed.
 * Layer: sim, internal. Public face: sim_after, sim_cancel. */
#ifndef SIM_TIMER_H
#define SIM_TIMER_H

#include "sim/sched.h"

/* Wake a waiting thread at a deadline, with timed_out set. */
uint64_t timer_wake(sim_ns deadline, struct thread *thread);

/* Fire, in order, all timers whose deadline is not after the present. Keeps
 * sched.timer_next. */
void timers_fire(void);

/* Forget all, between runs. */
void timers_clear(void);

#endif
