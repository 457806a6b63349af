/* fatal.h - fatal signals, and threads that compute without end.
 * Layer: sim, internal. */
#ifndef SIM_FATAL_H
#define SIM_FATAL_H

#include "sim/sim.h"

/* Watch the process during a run: a fatal signal or an endless loop ends the
 * run, calls cannot_return (NULL: nothing), and ends the process. */
void fatal_watch(void (*cannot_return)(void));
void fatal_unwatch(void);

#endif
