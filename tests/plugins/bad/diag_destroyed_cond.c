/* diag_destroyed_cond.c - signals a condition variable that was destroyed.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    pthread_cond_destroy(&rf->changed);
    pthread_cond_signal(&rf->changed); /* here */
}
