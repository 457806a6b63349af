/* fatal.h - fatal signals, and threads that never call anything.
 * Layer: sim, internal. */
#ifndef SIM_FATAL_H
#define SIM_FATAL_H

#include "sim/sim.h"

/* Watch the process during a run; cannot_return may be NULL. */
void fatal_watch(void (*cannot_return)(void));
void fatal_unwatch(void);

#endif
