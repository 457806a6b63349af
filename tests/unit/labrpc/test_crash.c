/* test_crash.c - calls whose server or caller crashes (kill -9).
 * Layer: tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/junk.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

/* Crash a server as harnesses do. */
static void crash_server(struct world *w)
{
    labrpc_delete_server(w->net, "server");
    sim_node_crash(w->node);
    labrpc_server_free(w->server);
}

static void boot_server(struct world *w)
{
    sim_node_boot(w->node);
    w->server = world_server(w);
    labrpc_add_server(w->net, "server", w->server);
}

/* ---- The server ----------------------------------------------------------*/

static void crash_before_arrival(void)
{
    struct world *w = world_new(1, true);
    struct asked asked = {.w = w};
    sim_ns before = sim_now();
    sim_spawn("asker", ask, &asked);
    sim_sleep(100 * SIM_US);
    crash_server(w);
    boot_server(w);
    sim_sleep(SIM_SECOND);
    ck_assert(asked.over && !asked.ok);
    /* At the first check after its arrival. */
    ck_assert_uint_ge(asked.returned - before, 100 * SIM_MS + 200 * SIM_US);
    ck_assert_uint_le(asked.returned - before, 100 * SIM_MS + 610 * SIM_US);
    ck_assert_int_eq(w->junk->call[0].runs, 0);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 0);
    ck_assert(junk_print(w->end, 1)); /* its successor serves */
    world_free(w);
}

START_TEST(a_request_to_a_crashed_server_starts_no_handler)
{
    in_sim(1, SIM_FIFO, crash_before_arrival);
}
END_TEST

static void crash_in_handler(void)
{
    struct world *w = world_new(1, true);
    w->junk->work = 20 * SIM_SECOND;
    struct asked asked = {.w = w};
    sim_spawn("asker", ask, &asked);
    sim_sleep(250 * SIM_MS);
    crash_server(w);
    boot_server(w);
    sim_sleep(40 * SIM_SECOND);
    ck_assert(asked.over && !asked.ok);
    sim_ns waited = asked.returned - w->junk->call[0].started;
    ck_assert_uint_ge(waited, 300 * SIM_MS);
    ck_assert_uint_le(waited, 300 * SIM_MS + 10 * SIM_US);
    ck_assert_uint_eq(w->junk->call[0].ended, 0); /* it was stopped */
    world_free(w);
}

START_TEST(a_handler_dies_with_its_server_and_the_call_fails_at_a_check)
{
    in_sim(1, SIM_FIFO, crash_in_handler);
}
END_TEST

/* As long as the name is bound to the crashed server, no check finds it
 * gone. */
static void crash_unnoticed(void)
{
    struct world *w = world_new(1, true);
    w->junk->work = 20 * SIM_SECOND;
    struct asked in_handler = {.w = w};
    sim_spawn("asker", ask, &in_handler);
    sim_sleep(5 * SIM_MS);
    struct asked on_the_way = {.w = w, .number = 1};
    sim_spawn("asker", ask, &on_the_way);
    sim_sleep(100 * SIM_US);
    sim_node_crash(w->node);
    sim_node_boot(w->node); /* a new process, not of that server */
    sim_sleep(10 * SIM_SECOND);
    ck_assert(!in_handler.over && !on_the_way.over);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 1);
    labrpc_delete_server(w->net, "server");
    sim_sleep(101 * SIM_MS);
    ck_assert(in_handler.over && !in_handler.ok);
    ck_assert(on_the_way.over && !on_the_way.ok);
    world_free(w);
}

START_TEST(a_crash_is_noticed_when_the_server_is_unbound)
{
    in_sim(1, SIM_FIFO, crash_unnoticed);
}
END_TEST

/* A reply that was sent no longer needs its server, but must not reach the
 * caller if the server is gone (step F). */
static void crash_after_reply(void)
{
    struct world *w = world_new(1, true);
    w->junk->work = 5 * SIM_MS;
    struct asked asked = {.w = w};
    sim_spawn("asker", ask, &asked);
    while (w->junk->call[0].ended == 0) {
        sim_sleep(50 * SIM_US);
    }
    sim_sleep(50 * SIM_US);
    ck_assert(!asked.over);
    sim_node_crash(w->node); /* and its heap, with the reply record */
    sim_sleep(SIM_MS);
    ck_assert(asked.over && asked.ok);
    world_free(w);
}

START_TEST(a_reply_under_way_outlives_its_server)
{
    in_sim(1, SIM_FIFO, crash_after_reply);
}
END_TEST

/* ---- The caller ----------------------------------------------------------*/

static void crash_caller(void *when)
{
    struct world *w = world_new(1, true);
    labrpc_long_reordering(w->net, true);
    w->junk->work = 10 * SIM_MS;
    struct sim_node *node = sim_node_new("client", 1);
    uint64_t bytes = 0;
    for (int i = 0; i < 20; i++) {
        struct asked asked = {.w = w, .number = i + 64};
        sim_node_boot(node);
        sim_node_spawn(node, "asker", ask, &asked);
        sim_sleep(*(sim_ns *)when);
        bytes += asked.over ? 6 : 3; /* a reply that was delivered, or not */
        sim_node_crash(node);
        sim_sleep(3 * SIM_SECOND);
        /* The request is under way: the handler runs even without a caller. */
        ck_assert_int_eq(w->junk->call[i + 64].runs, 1);
        ck_assert_uint_gt(w->junk->call[i + 64].ended, 0);
    }
    ck_assert_uint_eq(labrpc_total_bytes(w->net), bytes);
    ck_assert(junk_print(w->end, 1));
    sim_node_free(node);
    world_free(w);
}

START_TEST(a_killed_caller_gets_no_reply_and_breaks_nothing)
{
    static const sim_ns moments[] = {
        100 * SIM_US,                             /* the request is under way */
        5 * SIM_MS,                               /* in the handler */
        10 * SIM_MS + 900 * SIM_US, 300 * SIM_MS, /* most replies are late */
    };
    sim_ns when = moments[_i];
    sim_ok(1, SIM_FIFO, crash_caller, &when);
    sim_ok(1, SIM_RANDOM, crash_caller, &when);
}
END_TEST

/* ---- Everything at once --------------------------------------------------*/

enum { NODES = 3 };

struct cluster {
    struct labrpc_network *net;
    struct junk *junk;
    struct sim_node *node[NODES];
    struct labrpc_server *server[NODES];
    struct labrpc_end *end[NODES][NODES];
};

struct caller {
    struct cluster *cluster;
    int from;
};

/* Calls the others for ever; lies in the heap of its server. */
static void call_others(void *argument)
{
    struct caller *caller = argument;
    struct labrpc_end *end[NODES];
    memcpy(end, caller->cluster->end[caller->from], sizeof(end));
    for (int i = 0;; i++) {
        (void)junk_print(end[i % NODES], i);
    }
}

static void end_name(char *name, size_t size, int from, int to)
{
    snprintf(name, size, "%d to %d", from, to);
}

static void server_name(char *name, size_t size, int index)
{
    snprintf(name, size, "server %d", index);
}

static void start_node(struct cluster *c, int i)
{
    struct world w = {.node = c->node[i], .junk = c->junk};
    char name[32];
    sim_node_boot(c->node[i]);
    c->server[i] = world_server(&w);
    server_name(name, sizeof(name), i);
    labrpc_add_server(c->net, name, c->server[i]);
    for (int k = 0; k < NODES; k++) {
        char server[32];
        end_name(name, sizeof(name), i, k);
        server_name(server, sizeof(server), k);
        c->end[i][k] = labrpc_end_new(c->net, name);
        labrpc_connect(c->net, name, server);
        labrpc_enable(c->net, name, true);
    }
    struct caller caller = {c, i};
    for (int k = 0; k < 3; k++) {
        sim_node_spawn(c->node[i], "caller", call_others, &caller);
    }
    sim_sleep(SIM_MS); /* until they have read it */
}

static void stop_node(struct cluster *c, int i)
{
    char name[32];
    server_name(name, sizeof(name), i);
    labrpc_delete_server(c->net, name);
    sim_node_crash(c->node[i]);
    labrpc_server_free(c->server[i]);
    for (int k = 0; k < NODES; k++) {
        end_name(name, sizeof(name), i, k);
        labrpc_end_delete(c->net, name);
    }
}

/* Servers crash and restart at any time, on a network with all its faults: no
 * freed memory is used (the sanitizer checks), and calls still succeed. */
static void storm(void)
{
    struct cluster c = {.net = labrpc_new(3),
                        .junk = lab_xcalloc(1, sizeof(struct junk))};
    labrpc_reliable(c.net, false);
    labrpc_long_reordering(c.net, true);
    for (int i = 0; i < NODES; i++) {
        c.node[i] = sim_node_new("server", i);
        start_node(&c, i);
    }
    for (int round = 0; round < 200; round++) {
        int printed = c.junk->printed;
        sim_sleep((sim_ns)(round % 40) * SIM_MS);
        int victim = round % NODES;
        stop_node(&c, victim);
        sim_sleep((sim_ns)(round % 7) * 50 * SIM_MS);
        start_node(&c, victim);
        sim_sleep(30 * SIM_MS);
        ck_assert_int_gt(c.junk->printed, printed);
    }
    labrpc_cleanup(c.net);
    for (int i = 0; i < NODES; i++) {
        stop_node(&c, i);
    }
    labrpc_free(c.net);
    sim_sleep(10 * SIM_SECOND); /* messages under way are lost */
    for (int i = 0; i < NODES; i++) {
        sim_node_free(c.node[i]);
    }
    free(c.junk);
}

START_TEST(crashes_at_any_time_leave_the_network_consistent)
{
    enum sim_policy policy = _i % 2 ? SIM_RANDOM : SIM_FIFO;
    uint64_t hash = in_sim((uint64_t)_i, policy, storm);
    ck_assert_uint_eq(in_sim((uint64_t)_i, policy, storm), hash);
}
END_TEST

/* The harness may free the network while calls are in progress. */
static void freed_early(void)
{
    struct world *w = world_new(1, false);
    w->junk->work = 250 * SIM_MS; /* longer than until the first check */
    struct asked asked = {.w = w};
    sim_spawn("asker", ask, &asked);
    sim_sleep(5 * SIM_MS);
    struct junk *junk = w->junk;
    labrpc_free(w->net);
    labrpc_server_free(w->server);
    sim_sleep(SIM_SECOND);
    ck_assert(asked.over && !asked.ok);
    ck_assert_uint_gt(junk->call[0].ended, 0);
    free(junk);
    free(w);
}

START_TEST(a_network_freed_early_stays_until_its_calls_are_over)
{
    in_sim(1, SIM_FIFO, freed_early);
}
END_TEST

SUITE(labrpc_crash)
{
    Suite *suite = suite_create("labrpc_crash");
    TCase *server = tcase_create("server");
    tcase_add_test(server, a_request_to_a_crashed_server_starts_no_handler);
    tcase_add_test(
        server, a_handler_dies_with_its_server_and_the_call_fails_at_a_check);
    tcase_add_test(server, a_crash_is_noticed_when_the_server_is_unbound);
    tcase_add_test(server, a_reply_under_way_outlives_its_server);
    suite_add_tcase(suite, server);

    TCase *caller = tcase_create("caller");
    tcase_add_loop_test(caller,
                        a_killed_caller_gets_no_reply_and_breaks_nothing, 0, 4);
    suite_add_tcase(suite, caller);

    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, crashes_at_any_time_leave_the_network_consistent,
                        1, 5);
    tcase_add_test(all, a_network_freed_early_stays_until_its_calls_are_over);
    suite_add_tcase(suite, all);
    return suite;
}
