/* closes_all.c - closes every descriptor it can think of.
 * Layer: tests. */
#include <unistd.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    (void)rf;
    for (int fd = 0; fd < 1024; fd++) {
        close(fd);
    }
}
