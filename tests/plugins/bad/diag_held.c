/* diag_held.c - breaks no rule, but makes others wait: a mutex is held over a
 * sleep, a call and (in every test) an apply_put.
 * Layer: tests. */
#include <time.h>

#define MISBEHAVE_SERVING(rf)                                                  \
    if (args->index == 0) {                                                    \
        return;                                                                \
    }                                                                          \
    pthread_mutex_lock(&(rf)->mu);                                             \
    reply->taken =                                                             \
        apply_put((rf)->apply, (struct apply_msg){.index = args->index,        \
                                                  .term = FIXED_TERM,          \
                                                  .bytes = args->command});    \
    pthread_mutex_unlock(&(rf)->mu);                                           \
    return

#include "tests/plugins/bad/fixed.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *hold_over_call(void *argument)
{
    struct raft *rf = argument;
    struct forward_args args = {.index = 0};
    struct forward_reply reply = {.taken = false};
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    pthread_mutex_lock(&mutex);                /* for the call */
    call_Forward(rf->peers[6], &args, &reply); /* the call */
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void misbehave(struct raft *rf)
{
    pthread_t thread;
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&mutex); /* for the sleep */
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* sleep */
        pthread_mutex_unlock(&mutex);
    }
    if (rf->me == 0) {
        pthread_create(&thread, NULL, hold_over_call, rf);
        pthread_detach(thread);
    }
}
