/* chatty.c - prints megabytes, some of it not text.
 * Layer: tests. */
#include <stdio.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    enum { LINES = 50000 };
    for (int i = 0; i < LINES; i++) {
        printf("server %d says line %d \033[31m\xff with an escape\n", rf->me,
               i);
    }
}
