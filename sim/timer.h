/* timer.h - what happens when virtual time has passed.
 * Layer: sim, internal. One OS thread; in real runs the mutex of the run guards
 * it. Public face: sim_after, sim_cancel. */
#ifndef SIM_TIMER_H
#define SIM_TIMER_H

#include "sim/sched.h"

/* Wake a waiting thread at a deadline, with timed_out set. Returns a number for
 * sim_cancel(). */
uint64_t timer_wake(sim_ns deadline, struct thread *thread);

/* Fire all timers whose deadline has come, in the order of their deadlines, and
 * update sched.timer_next. */
void timers_fire(void);

/* Remove all, between runs. */
void timers_clear(void);

#endif
