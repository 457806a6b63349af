/* uninitialised_local.c - decides by what a part of the stack held before
 * anything was written to it.
 * Layer: tests. */
#include <time.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    volatile unsigned char block[4096];
    volatile unsigned char *volatile hidden = block; /* from the compiler */
    long delay_us = hidden[rf->me];
    nanosleep(&(struct timespec){.tv_nsec = 1000000 + 1000 * delay_us}, NULL);
}
