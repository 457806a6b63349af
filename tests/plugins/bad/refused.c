/* refused.c - imports calls that cannot be simulated.
 * Layer: tests. */
#include <sys/socket.h>
#include <unistd.h>

#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    if (fork() == 0) {
        rf->me = socket(AF_INET, SOCK_STREAM, 0);
    }
}
