/* segfault.c - writes through a null pointer.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    volatile int *volatile nowhere = NULL;
    (void)rf;
    *nowhere = 1;
}
