/* clock.h - the clocks of servers, and waits that they end.
 * Layer: sim, internal. One OS thread. Public face: sim_node_set_clock,
 * sim_node_step_clock.
 *
 * Each server counts local time from the beginning of the run, at a rate that a
 * test can set; the tester's local time is virtual time. The wall clock shows
 * local time plus an offset, which a step changes. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include "sim/node_internal.h"

/* When a wait ends. A wait until a time of the wall clock keeps that time, so
 * that a step of the clock moves the end of the wait. */
struct deadline {
    sim_ns at; /* SIM_FOREVER: never */
    bool wall; /* at is a time of the wall clock; else local time */
};
#define CLOCK_NEVER ((struct deadline){SIM_FOREVER, false})

/* Local time of a server whose clock has a rate of its own. */
sim_ns clock_of(const struct node_clock *clock);

/* Local time of a server; NULL: of the tester. */
static inline sim_ns clock_local_time(const struct sim_node *node)
{
    return node && node->clock.set ? clock_of(&node->clock) : sched.now;
}

/* Local time of the current thread. */
static inline sim_ns clock_now(void)
{
    return clock_local_time(sched.current->node);
}

/* What a server's wall clock would show at local time 0 with its present
 * offset: 2024-01-01 00:00:00 UTC and the offset. */
#define CLOCK_WALL_START (UINT64_C(1704067200) * SIM_SECOND)
static inline sim_ns clock_wall_start(const struct sim_node *node)
{
    return CLOCK_WALL_START + (uint64_t)(node ? node->clock.offset : 0);
}

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
