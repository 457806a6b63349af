/* decent.c - does nothing bad: the yardstick for its neighbours.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    (void)rf;
}
