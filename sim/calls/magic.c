/* magic.c - what is said of a mutex or the like that is none.
 * Layer: sim. */
#include "sim/calls/magic.h"

void magic_fail(const struct magic *magic, const char *does, const char *thing)
{
    bool destroyed = magic->word == MAGIC_DESTROYED;
    sim_fail(SIM_MISUSE, "thread %s %s %s that %s", sim_thread_name(), does,
             thing,
             destroyed ? "was destroyed"
                       : "is a copy of another, or was never initialised; "
                         "initialise each by itself");
}
