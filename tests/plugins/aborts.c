/* aborts.c - calls abort().
 * Layer: tests. */
#include "tests/plugins/fixed.h"

static void misbehave(struct raft *rf)
{
    (void)rf;
    abort();
}
