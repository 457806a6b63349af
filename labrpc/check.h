/* check.h - is a call's server gone? Steps E and F of docs/labs.md §1.3.
 * Layer: labrpc, internal.
 *
 * While a handler runs, the caller checks every 100 ms whether its server is
 * gone, and fails if it is. A check can find something new only after ends or
 * bindings have changed, so only the first one after a change takes place. */
#ifndef LABRPC_CHECK_H
#define LABRPC_CHECK_H

#include "labrpc/call.h"

/* A call that failed because its server is gone. */
extern const struct sim_event_kind check_event_gone;

/* Is the end disabled, or another server (or none) bound to the address? */
static inline bool check_is_gone(const struct call *call)
{
    return !call->end->enabled || call->address->bound != call->server;
}

/* Check the server of a call that it has reached, at the next multiple of
 * 100 ms after that. */
void check_schedule(struct call *call);

/* Ends or bindings have changed: schedule checks for calls whose server is
 * gone, and release those that nobody awaits and no handler can end. */
void check_all(struct labrpc_network *net);

#endif
