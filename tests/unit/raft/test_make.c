/* test_make.c - a cluster with its threads: creating and ending servers.
 * Layer: tests. The lab suites test the protocol; this tests threads and
 * memory (the servers use the tester's heap, so that the sanitizers detect
 * leaks and uses after free). */
#include <pthread.h>
#include <stdio.h>

#include "labrpc/network.h"
#include "raftapi/service.h"
#include "tests/support/raft_fixture.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

#define SERVERS    3
#define NAME_BYTES 32

/* A server, and a service that makes a snapshot after every tenth entry. */
struct host {
    int id;
    struct persister *persister;
    struct apply_channel *apply;
    struct labrpc_end *ends[SERVERS];
    struct labrpc_server *server;
    struct raft *rf;
    uint64_t applied; /* index */
    pthread_t service;
};

struct cluster {
    struct labrpc_network *net;
    struct host host[SERVERS];
};

/* What happens while the cluster runs. */
struct plan {
    bool unreliable, long_reordering, one_is_cut_off;
    int commands;
};

static void *serve(void *argument)
{
    struct host *host = argument;
    struct apply_msg msg;

    while (apply_take(host->apply, &msg)) {
        LAB_ASSERT(msg.index > host->applied);
        LAB_ASSERT(msg.is_snapshot || msg.index == host->applied + 1);
        host->applied = msg.index;
        bytes_free(&msg.bytes);
        if (!msg.is_snapshot && msg.index % 10 == 0) {
            raft_snapshot(host->rf, msg.index, bytes_of_text("snapshot"));
        }
    }
    return NULL;
}

static const char *number(char *text, int a, int b)
{
    snprintf(text, NAME_BYTES, "%d-%d", a, b);
    return text;
}

static void host_up(struct cluster *c, struct host *host)
{
    char end[NAME_BYTES];
    char server[NAME_BYTES];

    for (int i = 0; i < SERVERS; i++) {
        host->ends[i] = labrpc_end_new(c->net, number(end, host->id, i));
        labrpc_connect(c->net, end, number(server, i, i));
        labrpc_enable(c->net, end, true);
    }
    host->persister = persister_new();
    host->apply = apply_channel_new(host->id);
    host->rf = raft_make(&(struct raft_config){.me = host->id,
                                               .count = SERVERS,
                                               .peers = host->ends,
                                               .persister = host->persister,
                                               .apply = host->apply});
    host->server = labrpc_server_new(NULL);
    labrpc_server_add(host->server, "Raft", host->rf, raft_rpcs);
    labrpc_add_server(c->net, number(server, host->id, host->id), host->server);
    pthread_create(&host->service, NULL, serve, host);
}

/* Take the server off the network, give running handlers time to finish, then
 * end it. */
static void host_down(struct cluster *c, struct host *host)
{
    char server[NAME_BYTES];

    labrpc_delete_server(c->net, number(server, host->id, host->id));
    apply_channel_close(host->apply);
    pthread_join(host->service, NULL);
    sim_sleep(10 * SIM_MS);
    raft_kill(host->rf);
    labrpc_server_free(host->server);
    apply_channel_free(host->apply);
    persister_free(host->persister);
}

/* Offer a command to each server in turn until a leader takes it. */
static void start_somewhere(struct cluster *c)
{
    for (int tries = 0; tries < 1000; tries++) {
        struct host *host = &c->host[tries % SERVERS];
        if (raft_start(host->rf, bytes_of_text("command")).is_leader) {
            return;
        }
        sim_sleep(10 * SIM_MS);
    }
    LAB_BUG("no leader in 10 s");
}

static void run_cluster(void *argument)
{
    const struct plan *plan = argument;
    struct cluster c = {.net = labrpc_new(sim_seed())};
    char end[NAME_BYTES];

    labrpc_reliable(c.net, !plan->unreliable);
    labrpc_long_reordering(c.net, plan->long_reordering);
    labrpc_long_delays(c.net, true);
    for (int i = 0; i < SERVERS; i++) {
        c.host[i].id = i;
        host_up(&c, &c.host[i]);
    }
    for (int i = 0; plan->one_is_cut_off && i < SERVERS; i++) {
        labrpc_enable(c.net, number(end, 0, i), false);
        labrpc_enable(c.net, number(end, i, 0), false);
    }
    for (int i = 0; i < plan->commands; i++) {
        start_somewhere(&c);
        sim_sleep(5 * SIM_MS);
    }
    for (int i = 0; i < SERVERS; i++) {
        host_down(&c, &c.host[i]);
    }
    sim_sleep(10 * SIM_SECOND); /* outstanding RPCs, whose callers have
                                   ended */
    labrpc_free(c.net);
}

/* The end comes before the first election, or in the middle of traffic. */
static const struct plan plans[] = {
    {.commands = 0},
    {.commands = 1},
    {.commands = 200},
    {.commands = 50, .one_is_cut_off = true},
    {.commands = 50, .unreliable = true},
    {.commands = 50, .unreliable = true, .long_reordering = true},
};

START_TEST(servers_end_at_any_time_without_leaks)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct plan plan = plans[_i];
        sim_ok(seed, SIM_RANDOM, run_cluster, &plan);
        sim_ok(seed, SIM_FIFO, run_cluster, &plan);
    }
}
END_TEST

/* A cluster of one is its own majority. */
static void run_alone(void *unused)
{
    struct persister *ps = persister_new();
    struct apply_channel *apply = apply_channel_new(0);
    struct labrpc_end *nobody = NULL;
    struct raft *rf = raft_make(&(struct raft_config){
        .count = 1, .peers = &nobody, .persister = ps, .apply = apply});
    struct apply_msg msg = {0};

    (void)unused;
    ck_assert(!raft_start(rf, bytes_of_text("early")).is_leader);
    sim_sleep((ELECTION_MS_MAX + 100) * SIM_MS);
    ck_assert(raft_get_state(rf).is_leader);
    struct raft_start started = raft_start(rf, bytes_of_text("command"));
    ck_assert(started.is_leader);
    ck_assert_uint_eq(started.index, 1);
    ck_assert_uint_eq(started.term, raft_get_state(rf).term);
    ck_assert(apply_take(apply, &msg));
    ck_assert_uint_eq(msg.index, 1);
    ck_assert(bytes_equal(msg.bytes, bytes_of_text("command")));
    bytes_free(&msg.bytes);
    apply_channel_close(apply);
    raft_kill(rf);
    apply_channel_free(apply);
    persister_free(ps);
}

START_TEST(single_server_leads_and_commits)
{
    sim_ok(1, SIM_RANDOM, run_alone, NULL);
}
END_TEST

SUITE(raft_make)
{
    Suite *suite = suite_create("raft_make");
    TCase *tc = tcase_create("clusters");

    tcase_add_loop_test(tc, servers_end_at_any_time_without_leaks, 0,
                        sizeof(plans) / sizeof(plans[0]));
    tcase_add_test(tc, single_server_leads_and_commits);
    suite_add_tcase(suite, tc);
    return suite;
}
