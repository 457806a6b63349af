/* ends_thread.c - ends the thread in which raft_make was called.
 * Layer: tests. */
#include "tests/plugins/bad/fixed.h"

static void misbehave(struct raft *rf)
{
    (void)rf;
    pthread_exit(NULL);
}
