/* run.h - how a run ends, for the rest of sim/.
 * Layer: sim, internal. Public face: sim_run, sim_fail. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/sim.h"

/* Write the result of the run, with this sentence, if it has none yet.
 * Async-signal-safe. */
void run_conclude(enum sim_end end, const char *what);

/* Called by all runs before that: debuggers stop here, while everything is
 * as it was. */
void run_ends(enum sim_end end, const char *what);

/* Keep the two accesses of a data race for the result. */
void run_note_race(const struct sim_access *two);

#endif
