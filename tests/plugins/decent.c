/* decent.c - does nothing bad: the yardstick for its neighbours.
 * Layer: tests. */
#include "tests/plugins/fixed.h"

static void misbehave(struct raft *rf)
{
    (void)rf;
}
