/* memory_hog.c - takes memory until there is none, and uses it.
 * Layer: tests. */
#include <string.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    enum { PIECE = 1 << 20 };
    (void)rf;
    for (;;) {
        char *volatile piece = malloc(PIECE);
        memset(piece, 1, PIECE);
    }
}
