/* clock.h - vector clocks.
 * Layer: sim, internal to race/. */
#ifndef SIM_RACE_CLOCK_H
#define SIM_RACE_CLOCK_H

#include <stdint.h>

/* A vector clock: a time for each slot of one server; 0 beyond count. */
struct race_clock {
    uint32_t *at;
    uint32_t count, room;
};

/* Raise each time to that of other. */
void race_clock_join(struct race_clock *clock, const struct race_clock *other);

void race_clock_copy(struct race_clock *clock, const struct race_clock *other);

/* Make room for, and count, this many slots. */
void race_clock_reach(struct race_clock *clock, uint32_t count);

void race_clock_free(struct race_clock *clock);

#endif
