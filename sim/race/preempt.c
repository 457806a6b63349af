/* preempt.c - scheduling points between accesses.
 * Layer: sim; part of the race detector. */
#include "sim/race/preempt.h"

#include "base/assert.h"
#include "base/random.h"

/* Separates these draws from the scheduler's own. */
#define PREEMPT_KEY UINT64_C(0x7d1f5e0c62a984b3)

void race_plan_preemption(struct race_thread *me)
{
    uint64_t draw =
        random_at(me->thread->path ^ PREEMPT_KEY, me->preemptions++);
    /* Uniform in 1 .. 2 * 64, so 64.5 on average, and never 0: the countdown
     * is decremented before it is compared. */
    me->countdown = 1 + (uint32_t)random_below(draw, 2 * RACE_EVERY_ACCESS);
}

void race_preempt(struct race_thread *me)
{
    LAB_ASSERT(me->countdown == 0);
    race_plan_preemption(me);
    if (!sched.inside) {
        sched_step();
    }
}
