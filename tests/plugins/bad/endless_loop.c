/* endless_loop.c - a thread that computes for ever and never calls anything.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    volatile uint64_t turns = 0;
    (void)rf;
    for (;;) {
        turns++;
    }
}
