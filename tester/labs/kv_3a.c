/* kv_3a.c - part 3A: a key/value service without snapshots.
 * Layer: tester/labs. Scenarios and numbers: docs/labs.md §4.3, §4.4. */
#include "tester/labs/kv_generic.h"
#include "tester/labs/kv_special.h"
#include "tester/labs/registry.h"

/* Three rounds of five seconds, and the time between them. */
enum { TIME_LIMIT_S = 120 };

#define KV_TEST(test, title, count, ...)                                       \
    LAB_TEST(test, title, .part = "3A", .servers = (count),                    \
             .service = ROLE_KV, .time_limit_s = TIME_LIMIT_S, __VA_ARGS__)

KV_TEST(TestBasic3A, "one client", 5, .points = 2)
{
    generic_test(c, .clients = 1);
}

KV_TEST(TestSpeed3A, "operations do not wait for heartbeats", 3, .points = 2)
{
    speed_test(c);
}

KV_TEST(TestConcurrent3A, "many clients", 5, .points = 2)
{
    generic_test(c, .clients = 5);
}

KV_TEST(TestUnreliable3A, "unreliable network, many clients", 5, .points = 2,
        .unreliable = true)
{
    generic_test(c, .clients = 5);
}

KV_TEST(TestUnreliableOneKey3A,
        "unreliable network, concurrent appends to one key", 3, .points = 2,
        .unreliable = true)
{
    one_key_test(c);
}

KV_TEST(TestOnePartition3A, "progress in the majority only", 5, .points = 2)
{
    one_partition_test(c);
}

KV_TEST(TestManyPartitionsOneClient3A, "many partitions, one client", 5,
        .points = 2)
{
    generic_test(c, .clients = 1, .partitions = true);
}

KV_TEST(TestManyPartitionsManyClients3A, "many partitions, many clients", 5,
        .points = 2)
{
    generic_test(c, .clients = 5, .partitions = true);
}

KV_TEST(TestPersistOneClient3A, "restarts, one client", 5, .points = 2)
{
    generic_test(c, .clients = 1, .crash = true);
}

KV_TEST(TestPersistConcurrent3A, "restarts, many clients", 5, .points = 2)
{
    generic_test(c, .clients = 5, .crash = true);
}

KV_TEST(TestPersistConcurrentUnreliable3A,
        "unreliable network, restarts, many clients", 5, .points = 2,
        .unreliable = true)
{
    generic_test(c, .clients = 5, .crash = true);
}

KV_TEST(TestPersistPartition3A, "restarts, partitions, many clients", 5,
        .points = 2)
{
    generic_test(c, .clients = 5, .crash = true, .partitions = true);
}

KV_TEST(TestPersistPartitionUnreliable3A,
        "unreliable network, restarts, partitions, many clients", 5,
        .points = 2, .unreliable = true)
{
    generic_test(c, .clients = 5, .crash = true, .partitions = true);
}

KV_TEST(TestPersistPartitionUnreliableLinearizable3A,
        "unreliable network, restarts, partitions, random keys", 7, .points = 4,
        .unreliable = true)
{
    generic_test(c, .clients = 15, .crash = true, .partitions = true,
                 .random_keys = true);
}
