/* clock.h - from POSIX clocks to virtual time.
 * Layer: sim, internal. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <time.h>

#include "sim/sched.h"

/* The virtual time at which a clock shows `until` (now, if it has passed).
 * EINVAL for an impossible timespec or a clock that does not exist. */
int clock_deadline(clockid_t clock, const struct timespec *until,
                   sim_ns *deadline);

#endif
