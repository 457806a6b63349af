/* exit_at_once.c - calls _exit(0), which no handler of exit() sees.
 * Layer: tests. */
#include <unistd.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    (void)rf;
    _exit(0);
}
