/* relock.c - a thread takes a lock that it holds.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu);
    pthread_mutex_lock(&rf->mu);
}
