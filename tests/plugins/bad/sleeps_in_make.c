/* sleeps_in_make.c - its raft_make never returns.
 * Layer: tests. */
#include <time.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    while (!rf->killed) {
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
}
