/* clock.h - the clocks of servers, and waits that they end.
 * Layer: sim, internal. One OS thread. Public face: sim_node_set_clock,
 * sim_node_step_clock.
 *
 * A server's clock runs on the side of virtual time: local time is what it has
 * counted since the run began. The tester's is virtual time itself. The wall
 * clock is local time and an offset, which steps change. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include "sim/sched.h"

/* When a wait is to end. What was asked for by the wall clock is kept as what
 * that clock will show, so that the wait's end moves with its steps. */
struct deadline {
    sim_ns at; /* SIM_FOREVER: never */
    bool wall; /* at is the wall clock's; else local time */
};
#define CLOCK_NEVER ((struct deadline){SIM_FOREVER, false})

/* Local time of the current thread. */
sim_ns clock_now(void);

/* What the current thread's wall clock shows at local time 0, had it always
 * been set as now. */
sim_ns clock_wall_start(void);

/* From start to at; 0 if that is before, and never stays never. */
static inline sim_ns clock_since(sim_ns at, sim_ns start)
{
    return at == SIM_FOREVER ? at : at > start ? at - start : 0;
}

/* By the current thread's clocks as they are now: its local time (0, if that
 * is long past), and has it come? */
sim_ns clock_local(struct deadline deadline);
bool clock_passed(struct deadline deadline);

/* sched_wait() until a deadline: it moves if the clock is set to another rate
 * or stepped meanwhile. */
bool clock_wait(struct deadline deadline, const char *what);

#endif
