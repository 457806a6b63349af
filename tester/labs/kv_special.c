/* kv_special.c - the bodies of the other key/value tests.
 * Layer: tester/labs. Numbers: docs/labs.md §4.4. */
#include "tester/labs/kv_special.h"

#include <stdio.h>

#include "tester/harness/clients.h"
#include "tester/harness/cluster.h"
#include "tester/harness/history.h"
#include "tester/harness/partition.h"

/* ---- Speed ---------------------------------------------------------------*/

/* The limit is three operations per heartbeat interval of 100 ms: a leader that
 * waits for the next heartbeat to send an entry is too slow. */
void speed_test(struct cluster *c)
{
    enum { APPENDS = 1000, MICROSECONDS_EACH = 33330 };
    struct client *client = client_new(c, NULL);
    kv_check(c, client, "x", ""); /* until there is a leader */
    sim_ns begun = sim_now();
    for (int i = 0; i < APPENDS; i++) {
        char piece[32];
        snprintf(piece, sizeof(piece), "x 0 %d y", i);
        kv_append(c, client, "x", piece);
    }
    sim_ns took = sim_now() - begun;
    struct bytes value = kv_get(c, client, "x");
    check_appends(c, 0, value, APPENDS);
    bytes_free(&value);
    REQUIRE(
        c, took <= (sim_ns)APPENDS * MICROSECONDS_EACH * SIM_US,
        "three operations in a heartbeat interval",
        "%d appends took %.3f s of virtual time, %.3f ms each; the limit is "
        "%.2f ms",
        APPENDS, (double)took / 1e9, (double)took / 1e6 / APPENDS,
        MICROSECONDS_EACH / 1e3);
    check_linearizable(c);
    client_free(c, client);
}

/* ---- One key -------------------------------------------------------------*/

enum { APPENDERS = 5, PIECES = 10 };

struct appender {
    int number;
};

static void append_pieces(struct cluster *c, void *argument)
{
    const struct appender *appender = argument;
    struct client *client = client_new(c, NULL);
    for (int i = 0; i < PIECES; i++) {
        char piece[32];
        snprintf(piece, sizeof(piece), "x %d %d y", appender->number, i);
        kv_append(c, client, "k", piece);
    }
    client_free(c, client);
}

void one_key_test(struct cluster *c)
{
    struct client *client = client_new(c, NULL);
    struct appender appenders[APPENDERS];
    struct helper *helpers[APPENDERS];
    kv_put(c, client, "k", "");
    for (int i = 0; i < APPENDERS; i++) {
        appenders[i].number = i;
        helpers[i] = spawn(c, append_pieces, &appenders[i]);
    }
    for (int i = 0; i < APPENDERS; i++) {
        join(helpers[i]);
    }
    struct bytes value = kv_get(c, client, "k");
    for (int i = 0; i < APPENDERS; i++) {
        check_appends(c, i, value, PIECES);
    }
    bytes_free(&value);
    check_linearizable(c);
    client_free(c, client);
}

/* ---- One partition -------------------------------------------------------*/

/* A call in the minority, which must not return before the partition heals. */
struct waiting {
    struct client *client;
    bool returned;
    struct bytes value;
};

static void put_15(struct cluster *c, void *argument)
{
    struct waiting *waiting = argument;
    kv_put(c, waiting->client, "1", "15");
    waiting->returned = true;
}

static void get_1(struct cluster *c, void *argument)
{
    struct waiting *waiting = argument;
    waiting->value = kv_get(c, waiting->client, "1");
    waiting->returned = true;
}

/* Do both calls in the minority still wait? */
static void require_waiting(struct cluster *c, const struct waiting *put,
                            const struct waiting *get)
{
    REQUIRE(c, !put->returned, "no progress in the minority",
            "clerk_put returned, but its clerk reaches only two of five "
            "servers, which cannot commit");
    REQUIRE(c, !get->returned, "no progress in the minority",
            "clerk_get returned, but its clerk reaches only two of five "
            "servers, which cannot commit");
}

/* Does the call return within three seconds? */
static void require_return(struct cluster *c, const struct waiting *waiting,
                           const char *what)
{
    for (int i = 0; i < 300 && !waiting->returned; i++) {
        sleep_ms(10);
    }
    REQUIRE(
        c, waiting->returned, "progress after a partition heals",
        "%s, called in the minority, has not returned 3 s after all servers "
        "were connected again",
        what);
}

static void in_partition(struct cluster *c, struct client *majority,
                         const struct waiting *put, const struct waiting *get)
{
    /* Does the majority make progress meanwhile, and the minority none? */
    sleep_ms(1000);
    require_waiting(c, put, get);
    kv_check(c, majority, "1", "14");
    kv_put(c, majority, "1", "16");
    kv_check(c, majority, "1", "16");
    require_waiting(c, put, get);
}

static void after_heal(struct cluster *c, struct client *everywhere,
                       struct waiting *put, struct waiting *get,
                       struct helper *helpers[2])
{
    /* Do the calls return when the partition heals, and is the put executed? */
    connect_all(c);
    client_connect(c, put->client, NULL);
    client_connect(c, get->client, NULL);
    sleep_ms(1000);
    require_return(c, put, "clerk_put");
    require_return(c, get, "clerk_get");
    join(helpers[0]);
    join(helpers[1]);
    kv_check(c, everywhere, "1", "15");
}

void one_partition_test(struct cluster *c)
{
    enum { SERVERS = 5 };
    struct client *client = client_new(c, NULL);
    bool side[SERVERS], other[SERVERS];
    kv_put(c, client, "1", "13");

    /* The leader is in the minority, so the majority must elect another one. */
    partition_with_leader(c, side);
    for (int i = 0; i < SERVERS; i++) {
        other[i] = !side[i];
    }
    struct client *majority = client_new(c, side);
    struct waiting put = {.client = client_new(c, other)};
    struct waiting get = {.client = client_new(c, other)};
    kv_put(c, majority, "1", "14");
    kv_check(c, majority, "1", "14");

    struct helper *helpers[2];
    helpers[0] = spawn(c, put_15, &put);
    helpers[1] = spawn(c, get_1, &get);
    in_partition(c, majority, &put, &get);
    after_heal(c, client, &put, &get, helpers);
    bytes_free(&get.value);
    check_linearizable(c); /* also checks the value that the get returned */
    client_free(c, put.client);
    client_free(c, get.client);
    client_free(c, majority);
    client_free(c, client);
}

/* ---- Snapshots -----------------------------------------------------------*/

void snapshot_rpc_test(struct cluster *c)
{
    enum { PUTS = 50 };
    struct client *client = client_new(c, NULL);
    kv_put(c, client, "a", "A");
    kv_check(c, client, "a", "A");

    /* Server 2 misses many entries, and the others trim them from their logs.
     */
    const bool without_2[] = {true, true, false};
    partition(c, without_2);
    struct client *first = client_new(c, without_2);
    for (int i = 0; i < PUTS; i++) {
        char number[16];
        snprintf(number, sizeof(number), "%d", i);
        kv_put(c, first, number, number);
    }
    sleep_ms(1000);
    kv_put(c, first, "b", "B");
    check_sizes(c);

    /* Without server 1 a majority needs server 2: does the leader send it a
     * snapshot? */
    const bool without_1[] = {true, false, true};
    partition(c, without_1);
    struct client *second = client_new(c, without_1);
    kv_put(c, second, "c", "C");
    kv_put(c, second, "d", "D");
    kv_check(c, second, "a", "A");
    kv_check(c, second, "b", "B");
    kv_check(c, second, "1", "1");
    kv_check(c, second, "49", "49");

    /* Does server 1 catch up, too? */
    connect_all(c);
    kv_put(c, client, "e", "E");
    kv_check(c, client, "c", "C");
    kv_check(c, client, "e", "E");
    kv_check(c, client, "1", "1");
    check_linearizable(c);
    client_free(c, second);
    client_free(c, first);
    client_free(c, client);
}

void snapshot_size_test(struct cluster *c)
{
    enum { ROUNDS = 200, SNAPSHOT_BYTES_MAX = 500 };
    struct client *client = client_new(c, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        kv_put(c, client, "x", "0");
        kv_check(c, client, "x", "0");
        kv_put(c, client, "x", "1");
        kv_check(c, client, "x", "1");
    }
    check_sizes(c);
    size_t bytes = snapshot_bytes(c);
    REQUIRE(c, bytes <= SNAPSHOT_BYTES_MAX, "snapshot size",
            "a server has saved a snapshot of %zu bytes; the limit is %d: it "
            "must hold the value of one key and the latest call of one client",
            bytes, SNAPSHOT_BYTES_MAX);
    check_linearizable(c);
    client_free(c, client);
}
