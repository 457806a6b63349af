/* clock.h - the clocks of servers, and waits that they end.
 * Layer: sim, internal. One OS thread. Public face: sim_node_set_clock,
 * sim_node_step_clock.
 *
 * Each server counts local time from the beginning of the run, at a rate that a
 * test can set; the tester's local time is virtual time. The wall clock shows
 * local time plus an offset, which a step changes. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include "sim/sched.h"

/* When a wait ends. A wait until a time of the wall clock keeps that time, so
 * that a step of the clock moves the end of the wait. */
struct deadline {
    sim_ns at; /* SIM_FOREVER: never */
    bool wall; /* at is a time of the wall clock; else local time */
};
#define CLOCK_NEVER ((struct deadline){SIM_FOREVER, false})

/* Local time of the current thread. */
sim_ns clock_now(void);

/* What the current thread's wall clock would show at local time 0 with its
 * present offset. */
sim_ns clock_wall_start(void);

/* at - start; 0 if at is before start, SIM_FOREVER if at is. */
static inline sim_ns clock_since(sim_ns at, sim_ns start)
{
    return at == SIM_FOREVER ? at : at > start ? at - start : 0;
}

/* The local time of a deadline by the current thread's clocks as they are set
 * now; 0 if it is before the run. */
sim_ns clock_local(struct deadline deadline);

/* Has the deadline come, by the same clocks? */
bool clock_passed(struct deadline deadline);

/* sched_wait() until a deadline, which moves if the clock gets another rate or
 * a step meanwhile. */
bool clock_wait(struct deadline deadline, const char *what);

#endif
