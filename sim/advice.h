/* advice.h - notes on threads that wait with a mutex held.
 * Layer: sim, internal. */
#ifndef SIM_ADVICE_H
#define SIM_ADVICE_H

#include "sim/sched.h"

/* Notes go into this result from now on. */
void advice_begin(struct sim_result *result);

/* Used by advice_note_wait(). */
void advice_do_note(const char *what);

/* The current thread is about to wait for `what` (static text). If it is a
 * server's and holds a mutex, which others may then wait for as long, this is
 * noted: once for each place where the mutex was taken. */
static inline void advice_note_wait(const char *what)
{
    if (sched.current->held_count > 0 && sched.current->node) {
        advice_do_note(what);
    }
}

#endif
