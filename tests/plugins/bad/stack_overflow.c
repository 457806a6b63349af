/* stack_overflow.c - recursion without an end.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static volatile int depth_max = 1 << 30;

static int descend(int depth)
{
    volatile char room[512];
    room[0] = (char)depth;
    if (depth == depth_max) {
        return 0;
    }
    return descend(depth + 1) + room[0];
}

static void misbehave(struct raft *rf)
{
    rf->command_count = descend(0) == 1;
}
