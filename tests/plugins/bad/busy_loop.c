/* busy_loop.c - a thread that waits by yielding, for something that never
 * comes.
 * Layer: tests. */
#include <sched.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    volatile bool never = false;
    (void)rf;
    while (!never) {
        sched_yield();
    }
}
