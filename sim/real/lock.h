/* lock.h - the mutex and the clock of a real run, for the files of real/.
 * Layer: sim, internal to real/. The rest: mode.h. */
#ifndef SIM_REAL_LOCK_H
#define SIM_REAL_LOCK_H

#include "sim/real/mode.h"

/* Begin the run, at time 0, and lock the mutex. The calling thread conducts
 * the run: it goes on when the run is over. Once in a process. */
void real_begin(void);

/* End the run for the thread that conducts it: unlock the mutex. */
void real_end(void);

/* The run is over: stop all other threads where they next lock the mutex.
 * Needs the mutex. */
void real_finish(void);
bool real_is_over(void);

/* Wait until the run is over, or for the deadline; false if that came first.
 * Needs the mutex. */
bool real_await_over(sim_ns deadline);

/* Stop this thread for ever, because the run is over. Unlocks the mutex. */
_Noreturn void real_park(void);

/* Does this thread hold the mutex? */
bool real_holds(void);

/* Wait on a condition variable with the mutex, up to a deadline (SIM_FOREVER:
 * none); false if that came first. Does not return once the run is over. */
bool real_cond_wait(pthread_cond_t *condition, sim_ns deadline);

/* Initialize a condition variable for real_cond_wait(). */
void real_cond_init(pthread_cond_t *condition);

#endif
