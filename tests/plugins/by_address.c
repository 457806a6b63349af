/* by_address.c - decides by an address, which the system draws anew for each
 * process: the same seed gives other runs.
 * Layer: tests. */
#include <time.h>

#include "tests/plugins/fixed.h"

static void misbehave(struct raft *rf)
{
    uintptr_t address = (uintptr_t)misbehave;
    (void)rf;
    nanosleep(&(struct timespec){.tv_nsec = (long)(address >> 12 & 0xffff)},
              NULL);
}
