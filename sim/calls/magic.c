/* magic.c - the message on a mutex or the like that is none.
 * Layer: sim/calls. */
#include "sim/calls/magic.h"

#include "base/assert.h"

void magic_fail(const struct magic *magic, const char *does, const char *thing)
{
    LAB_ASSERT(magic->word != (uintptr_t)magic);
    bool destroyed = magic->word == MAGIC_DESTROYED;
    sim_fail(SIM_MISUSE, "thread %s %s %s that %s", sim_thread_name(), does,
             thing,
             destroyed ? "was destroyed: destroy it only when no thread will "
                         "use it any more"
                       : "is a copy of another, or was never initialized: "
                         "initialize each object itself, and never copy one");
}
