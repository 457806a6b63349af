/* exit_serving.c - calls exit(0) in the handler of a call.
 * Layer: tests. */
#include <time.h>

#define MISBEHAVE_SERVING(rf) leave(rf)
struct raft;
static void leave(struct raft *rf);

#include "tests/plugins/bad/fixed.h"

static void leave(struct raft *rf)
{
    if (rf->count == BAD_COUNT) {
        exit(0);
    }
}

static void *send_something(void *argument)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    raft_start(argument, bytes_of_text("leave"));
    return NULL;
}

/* Gives the leader something to send, once the servers are connected. */
static void misbehave(struct raft *rf)
{
    pthread_t thread;
    pthread_create(&thread, NULL, send_something, rf);
}
