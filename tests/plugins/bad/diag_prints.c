/* diag_prints.c - prints by all the usual ways, ends in the middle of a line.
 * Layer: tests. */
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    printf("begun by %d,", rf->me);
    fprintf(stderr, "an error\n");
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    printf(" ended later\n");
    puts("one\ntwo");
    if (write(STDOUT_FILENO, "raw\n", 4) != 4) {
        abort();
    }
    if (rf->me == 1) {
        fputs("half a line", stdout);
        abort();
    }
}
