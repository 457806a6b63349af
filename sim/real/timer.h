/* timer.h - the thread that fires timers in a real run.
 * Layer: sim, internal to real/. The rest: mode.h. */
#ifndef SIM_REAL_TIMER_H
#define SIM_REAL_TIMER_H

/* Start the thread. Needs the mutex. */
void real_timers_start(void);

#endif
