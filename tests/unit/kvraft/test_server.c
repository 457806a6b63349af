/* test_server.c - clerks and servers: each operation takes effect once.
 * Layer: tests. */
#include <stdio.h>

#include "kvraft/messages.h"
#include "tests/support/kv_cluster.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

/* ---- One clerk ----------------------------------------------------------*/

static void every_call(void *argument)
{
    struct kv_cluster c = {.servers = *(int *)argument};
    kv_cluster_up(&c);
    struct clerk *ck = kv_clerk(&c, 1000);
    ck_assert_str_eq(kv_get(ck, "a"), "");
    kv_put(ck, "a", "1");
    kv_append(ck, "a", "2");
    kv_append(ck, "b", "3");
    ck_assert_str_eq(kv_get(ck, "a"), "12");
    ck_assert_str_eq(kv_get(ck, "b"), "3");
    kv_put(ck, "a", "");
    ck_assert_str_eq(kv_get(ck, "a"), "");
    clerk_free(ck);
    ck = kv_clerk(&c, 1001);
    ck_assert_str_eq(kv_get(ck, "b"), "3");
    clerk_free(ck);
    kv_cluster_down(&c);
}

static void any_bytes(void *unused)
{
    struct kv_cluster c = {.servers = 3};
    struct bytes key = bytes_of("k\0\xff", 3), piece = bytes_of("\0v\0", 3);
    (void)unused;
    kv_cluster_up(&c);
    struct clerk *ck = kv_clerk(&c, 1000);
    clerk_put(ck, key, piece);
    clerk_append(ck, key, piece);
    clerk_append(ck, key, (struct bytes){NULL, 0});
    struct bytes value = clerk_get(ck, key);
    ck_assert(bytes_equal(value, bytes_of("\0v\0\0v\0", 6)));
    bytes_free(&value);
    clerk_put(ck, (struct bytes){NULL, 0}, piece);
    value = clerk_get(ck, bytes_of_text(""));
    ck_assert(bytes_equal(value, piece));
    bytes_free(&value);
    ck_assert_str_eq(kv_get(ck, "k"), "");
    clerk_free(ck);
    kv_cluster_down(&c);
}

static void large_values(void *unused)
{
    enum { SIZE = 1 << 20 };
    struct kv_cluster c = {.servers = 3, .max_raft_state = 1000};
    (void)unused;
    kv_cluster_up(&c);
    struct clerk *ck = kv_clerk(&c, 1000);
    struct bytes large = {lab_xmalloc(SIZE), SIZE};
    memset(large.data, 'x', SIZE);
    clerk_put(ck, bytes_of_text("k"), large);
    kv_append(ck, "k", "end");
    struct bytes value = clerk_get(ck, bytes_of_text("k"));
    ck_assert_uint_eq(value.size, SIZE + 3);
    ck_assert_int_eq(memcmp(value.data, large.data, SIZE), 0);
    ck_assert_int_eq(memcmp(value.data + SIZE, "end", 3), 0);
    bytes_free(&value);
    bytes_free(&large);
    clerk_free(ck);
    kv_cluster_down(&c);
}

/* The server that a clerk asks first is down, and later the next ones. */
static void dead_servers(void *unused)
{
    struct kv_cluster c = {.servers = 3};
    (void)unused;
    kv_cluster_up(&c);
    labrpc_long_delays(c.net, true);
    struct clerk *ck = kv_clerk(&c, 1000);
    kv_host_down(&c, 0);
    sim_sleep(2 * SIM_SECOND);
    sim_ns before = sim_now();
    kv_append(ck, "k", "a");
    ck_assert_uint_lt(sim_now() - before, 500 * SIM_MS);
    int leader = kv_leader(&c);
    kv_host_up(&c, 0);
    kv_host_down(&c, leader);
    before = sim_now();
    kv_append(ck, "k", "b");
    ck_assert_uint_lt(sim_now() - before, 4 * SIM_SECOND);
    ck_assert_str_eq(kv_get(ck, "k"), "ab");
    clerk_free(ck); /* with outstanding RPCs */
    kv_cluster_down(&c);
}

/* An operation takes about one round trip of the client and one of Raft. */
static void speed(void *unused)
{
    struct kv_cluster c = {.servers = 3, .max_raft_state = 1000};
    (void)unused;
    kv_cluster_up(&c);
    struct clerk *ck = kv_clerk(&c, 1000);
    kv_get(ck, "k");
    sim_ns before = sim_now();
    for (int i = 0; i < 100; i++) {
        kv_append(ck, "k", "x");
    }
    ck_assert_uint_lt((sim_now() - before) / 100, 3 * SIM_MS);
    clerk_free(ck);
    kv_cluster_down(&c);
}

/* ---- Duplicates ---------------------------------------------------------*/

static bool append(struct kv_host *host, uint64_t seq, const char *value)
{
    struct put_append_args args = {.client = 7,
                                   .seq = seq,
                                   .append = true,
                                   .key = bytes_of_text("k"),
                                   .value = bytes_of_text(value)};
    struct put_append_reply reply = {0};
    on_PutAppend(host->kv, &args, &reply);
    return reply.done;
}

static void same_request_twice(void *unused)
{
    struct kv_cluster c = {.servers = 3};
    (void)unused;
    kv_cluster_up(&c);
    struct clerk *ck = kv_clerk(&c, 1000);
    struct kv_host *first = &c.host[kv_leader(&c)];
    ck_assert(append(first, 1, "a"));
    ck_assert(append(first, 1, "a"));
    ck_assert(append(first, 2, "b"));
    ck_assert(append(first, 1, "a"));
    sim_sleep(200 * SIM_MS);
    kv_host_down(&c, first->id);
    struct kv_host *second =
        &c.host[kv_leader(&c)]; /* it has the sessions too */
    ck_assert(append(second, 2, "b"));
    ck_assert(append(second, 3, "c"));
    ck_assert_str_eq(kv_get(ck, "k"), "abc");
    clerk_free(ck);
    kv_cluster_down(&c);
}

/* ---- Many clerks --------------------------------------------------------*/

struct client {
    struct clerk *ck;
    int number, appends;
    bool over;
};

static void append_all(void *argument)
{
    struct client *client = argument;
    char piece[32];
    for (int i = 0; i < client->appends; i++) {
        snprintf(piece, sizeof(piece), "x %d %d y", client->number, i);
        kv_append(client->ck, "k", piece);
    }
    client->over = true;
}

/* Check that the value holds each client's pieces once and in order. */
static void expect_pieces(const char *value, const struct client *client)
{
    const char *at = value;
    char piece[32];
    for (int i = 0; i < client->appends; i++) {
        snprintf(piece, sizeof(piece), "x %d %d y", client->number, i);
        at = strstr(at, piece);
        ck_assert_msg(at, "%s is not in %s", piece, value);
        ck_assert_ptr_null(strstr(at + 1, piece));
        ck_assert_ptr_eq(strstr(value, piece), at);
    }
}

enum { CLIENTS = 5, APPENDS = 15 };

struct disorder {
    bool unreliable, long_reordering, cuts, restarts, crashes;
};

static void disturb(struct kv_cluster *c, const struct disorder *disorder,
                    int round)
{
    int id = round % c->servers;
    sim_sleep(700 * SIM_MS);
    if (disorder->cuts) {
        int leader = kv_leader(c);
        kv_connect(c, leader, false);
        sim_sleep(1200 * SIM_MS);
        kv_connect(c, leader, true);
    }
    if (disorder->restarts) {
        kv_host_down(c, id);
        kv_host_up(c, id);
    }
    if (disorder->crashes) {
        kv_host_crash(c, id);
        sim_sleep(200 * SIM_MS);
        kv_host_up(c, id);
    }
}

static bool all_over(const struct client *clients)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (!clients[i].over) {
            return false;
        }
    }
    return true;
}

static void many_clerks(void *argument)
{
    const struct disorder *disorder = argument;
    struct kv_cluster c = {
        .servers = 3, .max_raft_state = 1000, .on_nodes = disorder->crashes};
    struct client clients[CLIENTS];
    kv_cluster_up(&c);
    labrpc_reliable(c.net, !disorder->unreliable);
    labrpc_long_reordering(c.net, disorder->long_reordering);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.ck = kv_clerk(&c, 1000 + (uint64_t)i),
                                     .number = i,
                                     .appends = APPENDS};
        sim_spawn("client", append_all, &clients[i]);
    }
    for (int round = 0; round < 6; round++) {
        disturb(&c, disorder, round);
    }
    for (int i = 0; i < 600 && !all_over(clients); i++) {
        sim_sleep(100 * SIM_MS);
    }
    ck_assert(all_over(clients));
    const char *value = kv_get(clients[0].ck, "k");
    for (int i = 0; i < CLIENTS; i++) {
        expect_pieces(value, &clients[i]);
        clerk_free(clients[i].ck);
    }
    for (int i = 0; i < c.servers; i++) {
        ck_assert_uint_le(persister_state_bytes(c.host[i].persister), 4000);
    }
    kv_cluster_down(&c);
}

/* ---- Ending -------------------------------------------------------------*/

/* Handlers of a partitioned leader wait until the server ends. */
static void killed_with_handlers(void *unused)
{
    struct kv_cluster c = {.servers = 3};
    struct client client = {.number = 1, .appends = 1};
    (void)unused;
    kv_cluster_up(&c);
    client.ck = kv_clerk(&c, 1000);
    int leader = kv_leader(&c);
    kv_connect(&c, leader, false);
    for (int i = 0; i < 3; i++) {
        kv_clerk_reaches(&c, 1000, i, i == leader);
    }
    sim_spawn("client", append_all, &client);
    sim_sleep(3500 * SIM_MS);
    ck_assert(!client.over);
    kv_host_down(&c, leader);
    ck_assert(!client.over);
    for (int i = 0; i < 3; i++) {
        kv_clerk_reaches(&c, 1000, i, true);
    }
    sim_sleep(3 * SIM_SECOND);
    ck_assert(client.over);
    ck_assert_str_eq(kv_get(client.ck, "k"), "x 1 0 y");
    clerk_free(client.ck);
    kv_cluster_down(&c);
}

/* ---- All of them --------------------------------------------------------*/

static int one = 1, three = 3;
static struct disorder calm = {0};
static struct disorder lossy = {.unreliable = true};
static struct disorder late = {.unreliable = true, .long_reordering = true};
static struct disorder cuts = {.cuts = true};
static struct disorder restarts = {.restarts = true, .unreliable = true};
static struct disorder crashes = {.crashes = true};
static struct disorder all = {
    .unreliable = true, .cuts = true, .crashes = true};

static const struct kv_scenario scenarios[] = {
    {every_call, &one},
    {every_call, &three},
    {any_bytes, NULL},
    {large_values, NULL},
    {dead_servers, NULL},
    {speed, NULL},
    {same_request_twice, NULL},
    {many_clerks, &calm},
    {many_clerks, &lossy},
    {many_clerks, &late},
    {many_clerks, &cuts},
    {many_clerks, &restarts},
    {many_clerks, &crashes},
    {many_clerks, &all},
    {killed_with_handlers, NULL},
};

START_TEST(scenario_ends_well)
{
    kv_scenario_ends_well(&scenarios[_i]);
}
END_TEST

SUITE(kvraft_server)
{
    Suite *suite = suite_create("kvraft_server");
    TCase *tc = tcase_create("clusters");

    tcase_add_loop_test(tc, scenario_ends_well, 0,
                        sizeof(scenarios) / sizeof(scenarios[0]));
    suite_add_tcase(suite, tc);
    return suite;
}
