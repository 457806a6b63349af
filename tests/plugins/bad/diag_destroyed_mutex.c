/* diag_destroyed_mutex.c - locks a mutex that was destroyed.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void lock(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu); /* here */
}

static void misbehave(struct raft *rf)
{
    pthread_mutex_destroy(&rf->mu);
    lock(rf);
}
