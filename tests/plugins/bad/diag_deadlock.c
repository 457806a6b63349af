/* diag_deadlock.c - waits for what nobody does: no lock cycle, just nobody
 * left who could go on.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    pthread_mutex_lock(&rf->mu); /* taken */
    while (!rf->killed) {
        pthread_cond_wait(&rf->changed, &rf->mu); /* here */
    }
    pthread_mutex_unlock(&rf->mu);
}
