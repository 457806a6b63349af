/* report.h - the report of a race.
 * Layer: sim, internal to race/. */
#ifndef SIM_RACE_REPORT_H
#define SIM_RACE_REPORT_H

#include "sim/race/state.h"

/* Where an access was: code (NULL: unknown) and the calls it was in. */
struct race_place {
    const void *pc;
    uint32_t context;
};

/* End the run: access `mine` of the current thread races with the former
 * access `other`. */
_Noreturn void race_report(struct race_thread *me, uint64_t mine,
                           struct race_place here, uint64_t other,
                           struct race_place there);

#endif
