/* uninitialised.c - decides by what a block of memory held before anything
 * was written to it, which no seed determines.
 * Layer: tests. */
#include <time.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    unsigned char *volatile block = malloc(64);
    long delay_us = block[rf->me];
    nanosleep(&(struct timespec){.tv_nsec = 1000000 + 1000 * delay_us}, NULL);
    free(block);
}
