/* control.h - steps of a directed test on servers: clocks, pauses, crashes at a
 * stop point.
 * Layer: tester/harness; includes sim. Call them on fibers of the tester. Steps
 * on messages: flows.h. */
#ifndef TESTER_HARNESS_CONTROL_H
#define TESTER_HARNESS_CONTROL_H

#include "sim/node.h"
#include "tester/harness/test.h"

/* Set the rate of a server's clocks, as a fraction of virtual time; 0/1 stops
 * them. The server still runs and answers, but its timers do not fire. The rate
 * outlives crashes, as do the wall clock, shared random numbers and stop
 * points. */
void set_clock(struct cluster *c, int server, uint32_t numerator,
               uint32_t denominator);

/* Step a server's wall clock, but not its monotonic clock. */
void step_clock(struct cluster *c, int server, int64_t ms);

/* Pause a server: none of its threads runs until it is resumed or crashed. */
void pause_server(struct cluster *c, int server);
void resume_server(struct cluster *c, int server);

/* From now on both servers draw the same random numbers. */
void share_random(struct cluster *c, int server, int other);

/* Crash the server when it passes this stop point for the nth time from now,
 * in this life or a later one; nth 0 takes that back. Returns at once. */
void crash_at(struct cluster *c, int server, enum sim_stop_point point,
              uint64_t nth);

/* How often it has passed a stop point since the last crash_at(), in all
 * lives. */
uint64_t points_passed(const struct cluster *c, int server,
                       enum sim_stop_point point);

#endif
