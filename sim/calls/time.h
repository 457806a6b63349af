/* time.h - POSIX clocks and times, as deadlines of the engine.
 * Layer: sim, internal. */
#ifndef SIM_CALLS_TIME_H
#define SIM_CALLS_TIME_H

#include <time.h>

#include "sim/clock.h"

/* Is tv_nsec in its range? */
bool timespec_valid(const struct timespec *ts);

/* In nanoseconds, from 0 to SIM_FOREVER: what is too far is never. */
sim_ns timespec_ns(const struct timespec *ts);

/* When a POSIX clock shows `until`.
 * EINVAL for an impossible timespec or a clock that does not exist. */
int clock_deadline(clockid_t clock, const struct timespec *until,
                   struct deadline *deadline);

#endif
