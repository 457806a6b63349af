/* clock.h - from POSIX clocks to virtual time.
 * Layer: sim, internal. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <time.h>

#include "sim/sched.h"

/* A server's clock runs on the side of virtual time: local time is what it has
 * counted since the run began. The tester's is virtual time itself. */

/* Local time of the current thread. */
sim_ns clock_now(void);

/* The local time at which a POSIX clock shows `until` (0, if it is long past).
 * EINVAL for an impossible timespec or a clock that does not exist. */
int clock_deadline(clockid_t clock, const struct timespec *until,
                   sim_ns *deadline);

/* sched_wait() with a deadline in local time: it moves if the clock is set to
 * another rate meanwhile. */
bool clock_wait(sim_ns deadline, const char *what);

#endif
