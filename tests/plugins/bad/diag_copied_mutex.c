/* diag_copied_mutex.c - copies a struct with the mutex in it, and uses both.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    struct raft *copy = malloc(sizeof(*copy));
    *copy = *rf;
    pthread_mutex_lock(&rf->mu);
    pthread_mutex_lock(&copy->mu); /* here */
}
