/* time.h - POSIX clocks and times, as deadlines of the engine.
 * Layer: sim/calls. One OS thread. */
#ifndef SIM_CALLS_TIME_H
#define SIM_CALLS_TIME_H

#include <time.h>

#include "sim/clock.h"

/* Is tv_nsec within its range? */
bool timespec_valid(const struct timespec *ts);

/* The time in nanoseconds: 0 if it is negative, SIM_FOREVER if it is beyond 285
 * years. */
sim_ns timespec_ns(const struct timespec *ts);

/* Find the deadline at which a POSIX clock shows `until`. Returns 0, or EINVAL
 * for an impossible timespec or a clock that does not exist. */
int clock_deadline(clockid_t clock, const struct timespec *until,
                   struct deadline *deadline);

#endif
