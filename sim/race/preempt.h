/* preempt.h - scheduling points between accesses.
 * Layer: sim, internal to race/. */
#ifndef SIM_RACE_PREEMPT_H
#define SIM_RACE_PREEMPT_H

#include "sim/race/state.h"

/* Average number of accesses between two scheduling points. The places are
 * random, so that over many seeds a thread stops between any two accesses. */
#define RACE_EVERY_ACCESS 64

/* Draw after how many accesses the next scheduling point comes. */
void race_plan_preemption(struct race_thread *me);

/* Take the scheduling point, unless framework code runs, and plan the next. */
void race_preempt(struct race_thread *me);

#endif
