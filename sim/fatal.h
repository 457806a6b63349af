/* fatal.h - fatal signals, and threads that never call anything.
 * Layer: sim, internal. */
#ifndef SIM_FATAL_H
#define SIM_FATAL_H

#include "sim/sim.h"

/* Watch the process during a run; cannot_return may be NULL. */
void fatal_watch(void (*cannot_return)(void));
void fatal_unwatch(void);

/* In run.c: write down how the run ended, if it has not ended yet. */
void run_conclude(enum sim_end end, const char *what);

/* Called by all runs before that, for debuggers. */
void run_ends(enum sim_end end, const char *what);

#endif
