/* clock.h - vector clocks.
 * Layer: sim, internal to race/. */
#ifndef SIM_RACE_CLOCK_H
#define SIM_RACE_CLOCK_H

#include <stdint.h>

#define RACE_SLOTS_MAX 65536u /* 16 bits of an access word */

/* A vector clock: a time for each slot of one server; 0 beyond count. */
struct race_clock {
    uint32_t *at;
    uint32_t count, room;
};

/* Raise each time to that of other: what is before other is before clock. */
void race_clock_join(struct race_clock *clock, const struct race_clock *other);

/* Set clock to other; free its memory. */
void race_clock_copy(struct race_clock *clock, const struct race_clock *other);
void race_clock_free(struct race_clock *clock);

/* Make the clock have at least this many slots; new ones have time 0. */
void race_clock_reach(struct race_clock *clock, uint32_t count);

#endif
