/* clock.h - from POSIX clocks to virtual time.
 * Layer: sim, internal. */
#ifndef SIM_CALLS_CLOCK_H
#define SIM_CALLS_CLOCK_H

#include <time.h>

#include "sim/sched.h"

/* A server's clock runs on the side of virtual time: local time is what it has
 * counted since the run began. The tester's is virtual time itself. The wall
 * clock is local time and an offset, which steps change. */

/* When a wait is to end. What was asked for by the wall clock is kept as what
 * that clock will show, so that the wait's end moves with its steps. */
struct deadline {
    sim_ns at; /* SIM_FOREVER: never */
    bool wall; /* at is the wall clock's; else local time */
};
#define CLOCK_NEVER ((struct deadline){SIM_FOREVER, false})

/* Local time of the current thread. */
sim_ns clock_now(void);

/* When a POSIX clock shows `until`.
 * EINVAL for an impossible timespec or a clock that does not exist. */
int clock_deadline(clockid_t clock, const struct timespec *until,
                   struct deadline *deadline);

/* By the current thread's clocks as they are now: its local time (0, if that
 * is long past), and has it come? */
sim_ns clock_local(struct deadline deadline);
bool clock_passed(struct deadline deadline);

/* sched_wait() until a deadline: it moves if the clock is set to another rate
 * or stepped meanwhile. */
bool clock_wait(struct deadline deadline, const char *what);

#endif
