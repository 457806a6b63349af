/* lock_order.c - two threads take two locks in opposite orders.
 * Layer: tests. */
#include <time.h>

#include "tests/plugins/bad/fixed.h"

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t two = PTHREAD_MUTEX_INITIALIZER;

static void take(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

static void *take_two_one(void *unused)
{
    take(&two, &one);
    return unused;
}

static void misbehave(struct raft *rf)
{
    pthread_t thread;
    (void)rf;
    pthread_create(&thread, NULL, take_two_one, NULL);
    take(&one, &two);
}
