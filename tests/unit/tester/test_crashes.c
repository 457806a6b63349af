/* test_crashes.c - many crashes at random stop points of a busy cluster.
 * Layer: tests. Five servers run the reference Raft with clients and snapshots;
 * the network loses, holds, delays and duplicates messages. Each server crashes
 * repeatedly, at a random stop point (a save, a send, a reply) or at a random
 * time. No rule may be broken, and the address sanitizer must report nothing.
 *
 * CRASHES in the environment is the number of crashes; make crashes: 100,000.
 */
#include <stdlib.h>

#include "tester/harness/control.h"
#include "tester/harness/flows.h"
#include "tests/support/reference.h"
#include "tests/support/suites.h"

enum { SERVERS = 5, CLIENTS = 2, CRASHES_PER_RUN = 500, RUNS_MAX = 2000 };

/* One run. */
struct storm {
    uint64_t crashes;
    bool over;
};

static bool goes_on(struct storm *storm)
{
    if (storm->crashes >= CRASHES_PER_RUN) {
        storm->over = true;
    }
    return !storm->over;
}

static bool one_in(struct cluster *c, uint64_t n)
{
    return lab_random(c, n) == 0;
}

struct victim {
    struct storm *storm;
    int server;
};

/* Short lives, and lives long enough for an election. */
static void live(struct cluster *c)
{
    sleep_ms(one_in(c, 2) ? lab_random(c, 60) : lab_random(c, 3000));
}

static void crash_again_and_again(struct cluster *c, void *argument)
{
    struct victim *victim = argument;
    int server = victim->server;
    while (goes_on(victim->storm)) {
        live(c);
        if (one_in(c, 2)) {
            enum sim_stop_point point =
                (enum sim_stop_point)lab_random(c, SIM_STOP_POINTS);
            crash_at(c, server, point, 1 + lab_random(c, 6));
            live(c);
        }
        if (one_in(c, 8)) {
            pause_server(c, server);
            sleep_ms(lab_random(c, 300));
            resume_server(c, server);
        }
        crash(c, server);
        victim->storm->crashes++;
        sleep_ms(lab_random(c, one_in(c, 4) ? 800 : 20));
        restart(c, server);
    }
    crash_at(c, server, SIM_BEFORE_SAVE, 0);
    if (!is_running(c, server)) {
        restart(c, server);
    }
}

static void submit_again_and_again(struct cluster *c, void *argument)
{
    struct storm *storm = argument;
    while (!storm->over) {
        submit(c, (int)lab_random(c, SERVERS), random_value(c));
        sleep_ms(lab_random(c, 10));
    }
}

/* Release kept messages, sometimes twice, or discard them. */
static void release_some(struct cluster *c, int from, int to)
{
    struct flow_message message;
    while (first_kept(c, from, to, FLOW_BOTH, &message)) {
        if (one_in(c, 3)) {
            deliver_message(c, message.number);
        }
        if (one_in(c, 3)) {
            discard_message(c, message.number);
        } else {
            release_message(c, message.number);
        }
    }
}

static void change_weather(struct cluster *c, void *argument)
{
    struct storm *storm = argument;
    while (!storm->over) {
        int from = (int)lab_random(c, SERVERS);
        int to = (int)lab_random(c, SERVERS);
        enum flow_kind kinds = (enum flow_kind)(1 + lab_random(c, 3));
        enum flow_fate fate = FLOW_PASS;
        if (one_in(c, 2)) {
            fate = (enum flow_fate)lab_random(c, FLOW_DUPLICATE + 1);
        }
        set_flow(c, from, to, kinds, fate);
        release_some(c, to, from);
        release_some(c, from, to);
        sleep_ms(lab_random(c, 100));
    }
    for (int from = 0; from < SERVERS; from++) {
        set_links(c, from, SERVER(SERVERS) - 1, FLOW_PASS);
    }
    for (int link = 0; link < SERVERS * SERVERS; link++) {
        release_flow(c, link / SERVERS, link % SERVERS, FLOW_BOTH);
    }
}

static void storms(struct cluster *c)
{
    struct storm storm = {.crashes = 0};
    struct victim victims[SERVERS];
    struct helper *helpers[SERVERS + CLIENTS + 1];
    size_t count = 0;
    struct flow_delay often_late = {FLOW_HEAVY_TAIL, SIM_MS / 2,
                                    2 * SIM_SECOND};
    control_flows(c);
    set_delay(c, 0, 1, often_late);
    set_slow(c, 2, often_late);
    set_capacity(c, 3, 4, 20000);
    for (int i = 0; i < SERVERS; i++) {
        victims[i] = (struct victim){&storm, i};
        helpers[count++] = spawn(c, crash_again_and_again, &victims[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        helpers[count++] = spawn(c, submit_again_and_again, &storm);
    }
    helpers[count++] = spawn(c, change_weather, &storm);
    for (size_t i = 0; i < count; i++) {
        join(helpers[i]);
    }
    agree(c, random_value(c), SERVERS, RETRY);
}

static bool expect_calm(const struct runner_job *job,
                        const struct verdict *verdict, void *context)
{
    uint64_t *commits = context;
    ck_assert_msg(verdict->kind == VERDICT_PASS, "seed %d: %s: %s: %s\n%s",
                  (int)job->run.seed, verdict_text(verdict->kind),
                  verdict->rule, verdict->what, verdict->output);
    *commits += verdict->stats.commits;
    return true;
}

START_TEST(crashes_at_any_point_break_nothing)
{
    static struct runner_job jobs[RUNS_MAX];
    const char *wanted = getenv("CRASHES");
    size_t crashes = wanted ? strtoul(wanted, NULL, 10) : CRASHES_PER_RUN;
    size_t runs = (crashes + CRASHES_PER_RUN - 1) / CRASHES_PER_RUN;
    struct lab_test test = {
        .name = "Storms",
        .servers = SERVERS,
        .snapshots = true,
        .unreliable = true,
        .time_limit_s = 86400,
        .body = storms,
    };
    struct sim_plugin *reference = reference_open();
    ck_assert_uint_gt(runs, 0);
    ck_assert_uint_le(runs, RUNS_MAX);
    for (size_t i = 0; i < runs; i++) {
        jobs[i].test = &test;
        jobs[i].run.impl = reference;
        jobs[i].run.seed = 1 + i;
        jobs[i].run.policy = (enum sim_policy)(i % 3);
    }
    struct runner_options options = {.parallel = 1};
    uint64_t commits = 0;
    ck_assert_int_eq(runner_run(&options, jobs, runs, expect_calm, &commits),
                     LAB_OK);
    ck_assert_uint_gt(commits, runs * 20); /* it was busy indeed */
}
END_TEST

SUITE(tester_crashes)
{
    Suite *suite = suite_create("tester_crashes");
    TCase *tc = tcase_create("crashes");
    tcase_add_test(tc, crashes_at_any_point_break_nothing);
    suite_add_tcase(suite, tc);
    return suite;
}
