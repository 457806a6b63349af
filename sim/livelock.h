/* livelock.h - noticing that nothing gets on although threads run.
 * Layer: sim, internal. */
#ifndef SIM_LIVELOCK_H
#define SIM_LIVELOCK_H

/* The step budget of the run is used up: end it, naming the busiest. */
_Noreturn void livelock_by_steps(void);

#endif
