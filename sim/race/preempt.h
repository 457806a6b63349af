/* preempt.h - scheduling points between accesses.
 * Layer: sim, internal to race/. */
#ifndef SIM_RACE_PREEMPT_H
#define SIM_RACE_PREEMPT_H

#include "sim/race/state.h"

/* Scheduling points between accesses: one in so many on average. */
#define RACE_EVERY_ACCESS 64

void race_plan_preemption(struct race_thread *me);
void race_preempt(struct race_thread *me);

#endif
