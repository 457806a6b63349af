/* aborts.c - calls abort().
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    (void)rf;
    abort();
}
