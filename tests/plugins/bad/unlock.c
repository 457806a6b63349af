/* unlock.c - a thread gives back a lock that nobody holds.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    pthread_mutex_unlock(&rf->mu);
}
