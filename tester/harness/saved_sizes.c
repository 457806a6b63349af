/* saved_sizes.c - how much the servers of a test have saved.
 * Layer: tester/harness. See saved_sizes.h. */
#include "tester/harness/saved_sizes.h"

#include "tester/harness/lab.h"

static size_t largest(const struct cluster *c,
                      size_t (*bytes)(struct persister *persister))
{
    size_t most = 0;
    for (int i = 0; i < c->lab->count; i++) {
        size_t one = bytes(c->lab->servers[i].persister);
        most = one > most ? one : most;
    }
    return most;
}

size_t log_bytes(const struct cluster *c)
{
    return largest(c, persister_state_bytes);
}

size_t snapshot_bytes(const struct cluster *c)
{
    return largest(c, persister_snapshot_bytes);
}

void cluster_check_sizes(struct cluster *c)
{
    size_t limit = 8 * (size_t)c->lab->test->max_raft_state;
    size_t snapshot = snapshot_bytes(c);
    if (limit == 0) {
        if (snapshot > 0) {
            cluster_fail(c, "no snapshots",
                         "a server has saved a snapshot of %zu bytes, but in "
                         "this test max_raft_state is -1: the service must "
                         "not take snapshots",
                         snapshot);
        }
        return;
    }
    /* A server may exceed the limit while it catches up, but not for long. */
    for (int i = 0; i < 100 && log_bytes(c) > limit; i++) {
        sleep_ms(10);
    }
    size_t log = log_bytes(c);
    if (log > limit) {
        cluster_fail(c, "log size",
                     "a server has saved %zu bytes of Raft state; "
                     "max_raft_state is %zu, and the limit is 8 times that, "
                     "%zu bytes: take snapshots and trim the log",
                     log, limit / 8, limit);
    }
}
