/* by_address.c - decides by an address, which the system draws anew for each
 * process: the same seed gives other runs.
 * Layer: tests. */
#include <time.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    uintptr_t page = (uintptr_t)misbehave >> 12;
    (void)rf;
    /* Never so short that it is over before it waits. */
    long duration_ns = 1000000 + (long)(page & 0xffff) * 1000;
    nanosleep(&(struct timespec){.tv_nsec = duration_ns}, NULL);
}
