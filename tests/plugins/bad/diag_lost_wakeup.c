/* diag_lost_wakeup.c - the flag is read before the mutex is taken: the signal
 * comes in between.
 * Layer: tests. */
#include <time.h>

#include "tests/plugins/bad/fixed.h"

static volatile bool ready;

static void *make_ready(void *argument)
{
    struct raft *rf = argument;
    pthread_mutex_lock(&rf->mu);
    ready = true;
    pthread_cond_signal(&rf->changed);
    pthread_mutex_unlock(&rf->mu);
    return NULL;
}

static void misbehave(struct raft *rf)
{
    pthread_t thread;
    pthread_create(&thread, NULL, make_ready, rf);
    if (!ready) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        pthread_mutex_lock(&rf->mu);
        pthread_cond_wait(&rf->changed, &rf->mu); /* here */
        pthread_mutex_unlock(&rf->mu);
    }
}
