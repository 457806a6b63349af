/* kv_3b.c - part 3B: a key/value service with snapshots.
 * Layer: tester/labs. Scenarios and numbers: docs/labs.md §4.3, §4.4. */
#include "tester/labs/kv_generic.h"
#include "tester/labs/kv_special.h"
#include "tester/labs/registry.h"

enum { TIME_LIMIT_S = 120, MAX_RAFT_STATE = 1000 };

#define KV_TEST(test, title, count, ...)                                       \
    LAB_TEST(test, title, .part = "3B", .servers = (count),                    \
             .service = ROLE_KV, .time_limit_s = TIME_LIMIT_S,                 \
             .max_raft_state = MAX_RAFT_STATE, __VA_ARGS__)

KV_TEST(TestSnapshotRPC3B, "a server that is far behind receives a snapshot", 3,
        .points = 3)
{
    snapshot_rpc_test(c);
}

KV_TEST(TestSnapshotSize3B, "snapshots stay small", 3, .points = 3)
{
    snapshot_size_test(c);
}

KV_TEST(TestSpeed3B, "operations do not wait for heartbeats", 3, .points = 2)
{
    speed_test(c);
}

KV_TEST(TestSnapshotRecover3B, "restarts, snapshots, one client", 5,
        .points = 3)
{
    generic_test(c, .clients = 1, .crash = true);
}

KV_TEST(TestSnapshotRecoverManyClients3B, "restarts, snapshots, many clients",
        5, .points = 3)
{
    generic_test(c, .clients = 20, .crash = true);
}

KV_TEST(TestSnapshotUnreliable3B, "unreliable network, snapshots, many clients",
        5, .points = 3, .unreliable = true)
{
    generic_test(c, .clients = 5);
}

KV_TEST(TestSnapshotUnreliableRecover3B,
        "unreliable network, restarts, snapshots, many clients", 5, .points = 3,
        .unreliable = true)
{
    generic_test(c, .clients = 5, .crash = true);
}

KV_TEST(TestSnapshotUnreliableRecoverConcurrentPartition3B,
        "unreliable network, restarts, partitions, snapshots, many clients", 5,
        .points = 3, .unreliable = true)
{
    generic_test(c, .clients = 5, .crash = true, .partitions = true);
}

KV_TEST(TestSnapshotUnreliableRecoverConcurrentPartitionLinearizable3B,
        "unreliable network, restarts, partitions, snapshots, random keys", 7,
        .points = 5, .unreliable = true)
{
    generic_test(c, .clients = 15, .crash = true, .partitions = true,
                 .random_keys = true);
}
