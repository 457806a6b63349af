/* clock.c - vector clocks.
 * Layer: sim; part of the race detector. */
#include "sim/race/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/heap.h"

void race_clock_reach(struct race_clock *clock, uint32_t count)
{
    LAB_ASSERT(count <= RACE_SLOTS_MAX);
    if (count > clock->room) {
        /* A few more: threads are created one by one. */
        void *former = heap_enter();
        clock->room = count + 16;
        clock->at = lab_xrealloc(clock->at, clock->room * sizeof(uint32_t));
        heap_use(former);
    }
    if (count > clock->count) {
        memset(clock->at + clock->count, 0,
               (count - clock->count) * sizeof(uint32_t));
        clock->count = count;
    }
}

void race_clock_join(struct race_clock *clock, const struct race_clock *other)
{
    LAB_ASSERT(clock != other);
    race_clock_reach(clock, other->count);
    /* restrict: this loop is hot, and vectorizes only without aliasing. */
    uint32_t *restrict to = clock->at;
    const uint32_t *restrict from = other->at;
    for (uint32_t i = 0; i < other->count; i++) {
        to[i] = to[i] > from[i] ? to[i] : from[i];
    }
}

void race_clock_copy(struct race_clock *clock, const struct race_clock *other)
{
    LAB_ASSERT(clock != other);
    clock->count = 0;
    race_clock_reach(clock, other->count);
    if (other->count > 0) {
        memcpy(clock->at, other->at, other->count * sizeof(uint32_t));
    }
}

void race_clock_free(struct race_clock *clock)
{
    free(clock->at);
    *clock = (struct race_clock){NULL, 0, 0};
}
