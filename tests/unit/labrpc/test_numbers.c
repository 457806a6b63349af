/* test_numbers.c - every number of the network (docs/labs.md §1.3).
 * Layer: tests. Statistics are over fixed seeds, so they hold always or never:
 * bounds are about five standard deviations wide, and a changed constant lies
 * outside. With policy fifo a thread runs as soon as it can, so times are exact
 * to the microsecond that a scheduling point costs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/junk.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

#define SLACK         (5 * SIM_US) /* for scheduling points */
#define LATENCY_LEAST (200 * SIM_US)
#define LATENCY_MOST  (600 * SIM_US + SLACK)

enum { CALLS = 40000 };

/* Check the latency in a duration; return its whole milliseconds. */
static uint64_t whole_ms(sim_ns duration)
{
    assert_within(duration % SIM_MS, LATENCY_LEAST, LATENCY_MOST);
    return duration / SIM_MS;
}

/* ---- Latency -------------------------------------------------------------*/

static void latency(void)
{
    struct world *w = world_new(1, true);
    sim_ns least_there = SIM_SECOND, most_there = 0, sum_there = 0;
    sim_ns least_back = SIM_SECOND, most_back = 0, sum_back = 0;
    uint64_t alike = 0;
    for (int i = 0; i < CALLS; i++) {
        struct sample s = junk_sample(w, i);
        ck_assert(s.ok);
        least_there = s.there < least_there ? s.there : least_there;
        most_there = s.there > most_there ? s.there : most_there;
        least_back = s.back < least_back ? s.back : least_back;
        most_back = s.back > most_back ? s.back : most_back;
        sum_there += s.there;
        sum_back += s.back;
        alike += (s.there < 400 * SIM_US) == (s.back < 400 * SIM_US);
    }
    assert_within(least_there, LATENCY_LEAST, LATENCY_LEAST + SIM_US);
    assert_within(least_back, LATENCY_LEAST, LATENCY_LEAST + SIM_US);
    assert_within(most_there, LATENCY_MOST - 2 * SLACK, LATENCY_MOST);
    assert_within(most_back, LATENCY_MOST - 2 * SLACK, LATENCY_MOST);
    /* Uniform over the range (deviation of the mean 0.6 us), independent. */
    assert_within(sum_there / CALLS, 397 * SIM_US, 405 * SIM_US);
    assert_within(sum_back / CALLS, 397 * SIM_US, 405 * SIM_US);
    assert_within(alike, 19500, 20500);
    world_free(w);
}

START_TEST(a_message_takes_0_2_to_0_6_ms)
{
    in_sim(1, SIM_FIFO, latency);
}
END_TEST

/* ---- Step A --------------------------------------------------------------*/

static void check_dead(struct world *w, uint64_t bound_ms)
{
    static uint8_t seen[7000];
    uint64_t distinct = 0, sum = 0, most = 0;
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < CALLS; i++) {
        struct sample s = junk_sample(w, i);
        ck_assert(!s.ok && !s.ran);
        ck_assert_uint_le(s.total % SIM_MS, SLACK);
        uint64_t ms = s.total / SIM_MS;
        ck_assert_uint_lt(ms, bound_ms);
        distinct += !seen[ms];
        seen[ms] = 1;
        sum += ms;
        most = ms > most ? ms : most;
    }
    /* The mean of 0..b-1 has a deviation of b / 700. */
    assert_within(2 * sum / CALLS, bound_ms - 1 - bound_ms / 70,
                  bound_ms - 1 + bound_ms / 70);
    ck_assert_uint_ge(most, bound_ms - 3);
    ck_assert_uint_ge(distinct, bound_ms * 98 / 100);
}

static void dead_ends(void)
{
    struct world *w = world_new(1, true);
    labrpc_enable(w->net, "end", false);
    check_dead(w, 100); /* disabled */
    labrpc_long_delays(w->net, true);
    check_dead(w, 7000);
    labrpc_long_delays(w->net, false);
    labrpc_enable(w->net, "end", true);
    labrpc_delete_server(w->net, "server");
    check_dead(w, 100); /* no server is bound to the name */
    w->end = labrpc_end_new(w->net, "not connected");
    labrpc_enable(w->net, "not connected", true);
    check_dead(w, 100);
    ck_assert_uint_eq(labrpc_total_count(w->net), 4 * CALLS);
    labrpc_add_server(w->net, "server", w->server);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 0);
    world_free(w);
}

START_TEST(a_dead_end_fails_after_0_to_99_ms_or_0_to_6999)
{
    in_sim(1, SIM_FIFO, dead_ends);
}
END_TEST

/* ---- Steps B, C and G ----------------------------------------------------*/

static void losses(void)
{
    struct world *w = world_new(1, true);
    labrpc_reliable(w->net, false);
    uint64_t requests_lost = 0, replies_lost = 0, waits[27] = {0};
    for (int i = 0; i < CALLS; i++) {
        struct sample s = junk_sample(w, i);
        uint64_t wait = whole_ms(s.ran ? s.there : s.total);
        ck_assert_uint_lt(wait, 27);
        waits[wait]++;
        if (s.ran) {
            ck_assert_uint_eq(whole_ms(s.back), 0);
            replies_lost += !s.ok;
        } else {
            ck_assert(!s.ok);
            requests_lost++;
        }
    }
    /* 40000 / 27 = 1481, deviation 38; 10 % and 9 %, deviations 60, 57. */
    for (int i = 0; i < 27; i++) {
        assert_within(waits[i], 1290, 1670);
    }
    assert_within(requests_lost, 3700, 4300);
    assert_within(replies_lost, 3315, 3885);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), CALLS - requests_lost);
    world_free(w);
}

START_TEST(an_unreliable_network_waits_0_to_26_ms_and_loses_a_tenth_each_way)
{
    in_sim(1, SIM_FIFO, losses);
}
END_TEST

/* ---- Step H --------------------------------------------------------------*/

static void reordering(void)
{
    struct world *w = world_new(1, true);
    labrpc_long_reordering(w->net, true);
    uint64_t late = 0, sum = 0, least = UINT64_MAX, most = 0, short_ones = 0;
    for (int i = 0; i < CALLS; i++) {
        struct sample s = junk_sample(w, i);
        ck_assert(s.ok);
        uint64_t ms = whole_ms(s.back);
        if (ms == 0) {
            continue;
        }
        late++;
        sum += ms;
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
        short_ones += ms <= 700;
    }
    /* 2/3 of 40000, deviation 94. The mean of U(0, U(0,1999)) is 500, with
     * a deviation of 441 / 163; 60 % of them are up to 500. */
    assert_within(late, 26200, 27130);
    ck_assert_uint_eq(least, 200);
    assert_within(most, 2180, 2199);
    assert_within(sum / late, 686, 714);
    assert_within(1000 * short_ones / late, 583, 612);
    world_free(w);
}

START_TEST(long_reordering_holds_two_thirds_of_replies_for_200_to_2199_ms)
{
    in_sim(1, SIM_FIFO, reordering);
}
END_TEST

/* ---- Calls in threads of their own, and changes meanwhile ----------------*/

static void sleep_until(sim_ns time)
{
    if (time > sim_now()) {
        sim_sleep(time - sim_now());
    }
}

static void held_replies(void)
{
    struct world *w = world_new(1, true);
    labrpc_long_reordering(w->net, true);
    int late = 0;
    for (int i = 0; i < 60; i++) {
        struct asked asked;
        sim_ns started = ask_and_see_started(&asked, w, i);
        sleep_until(started + 2 * SIM_MS);
        if (asked.over) {
            continue;
        }
        late++;
        labrpc_enable(w->net, "end", false);
        labrpc_delete_server(w->net, "server");
        sim_sleep(2200 * SIM_MS);
        ck_assert(asked.over && asked.ok);
        labrpc_add_server(w->net, "server", w->server);
        labrpc_enable(w->net, "end", true);
    }
    assert_within((uint64_t)late, 25, 55);
    world_free(w);
}

START_TEST(a_late_reply_arrives_whatever_has_happened_since)
{
    in_sim(1, SIM_FIFO, held_replies);
}
END_TEST

/* What changes, and when, from the start of the handler. */
enum deed { NOTHING, DISABLE, ENABLE, DELETE, REPLACE, PUT_BACK, FORGET };

struct plan {
    sim_ns work;
    struct {
        sim_ns at;
        enum deed deed;
    } step[3];
    bool ok;
    sim_ns least, most; /* when the call returns */
};

#define MS(x)        ((sim_ns)((x)*SIM_MS))
#define AT_LOOK(x)   MS(x), MS(x) + SLACK
#define AT_RETURN(x) MS(x) + LATENCY_LEAST, MS(x) + LATENCY_MOST
#define LONG_WORK    MS(20000)

static const struct plan plans[] = {
    /* Step E: a check every 100 ms. */
    {LONG_WORK, {{MS(250), DELETE}}, false, AT_LOOK(300)},
    {LONG_WORK, {{MS(250), DISABLE}}, false, AT_LOOK(300)},
    {LONG_WORK, {{MS(250), REPLACE}}, false, AT_LOOK(300)},
    {LONG_WORK, {{MS(250), FORGET}}, false, AT_LOOK(300)},
    {LONG_WORK, {{MS(901), DELETE}}, false, AT_LOOK(1000)},
    /* Gone at a check, though not at the end. */
    {MS(350), {{MS(150), DISABLE}, {MS(250), ENABLE}}, false, AT_LOOK(200)},
    {MS(350), {{MS(150), REPLACE}, {MS(250), PUT_BACK}}, false, AT_LOOK(200)},
    {LONG_WORK,
     {{MS(110), DISABLE}, {MS(190), ENABLE}, {MS(250), DISABLE}},
     false,
     AT_LOOK(300)},
    /* Gone only between two checks. */
    {MS(350), {{MS(110), DISABLE}, {MS(190), ENABLE}}, true, AT_RETURN(350)},
    {MS(350), {{MS(110), REPLACE}, {MS(190), PUT_BACK}}, true, AT_RETURN(350)},
    {MS(350), {{MS(110), DELETE}, {MS(190), PUT_BACK}}, true, AT_RETURN(350)},
    /* Step F: a check when the reply arrives. */
    {MS(50), {{MS(20), DISABLE}}, false, AT_RETURN(50)},
    {MS(50), {{MS(20), REPLACE}}, false, AT_RETURN(50)},
    {MS(50), {{MS(20), DISABLE}, {MS(40), ENABLE}}, true, AT_RETURN(50)},
    {MS(50), {{MS(50.1), DISABLE}}, false, AT_RETURN(50)},
    {MS(50), {{MS(50.1), DELETE}}, false, AT_RETURN(50)},
    {MS(50), {{MS(50.1), DISABLE}, {MS(50.15), ENABLE}}, true, AT_RETURN(50)},
    {MS(50), {{MS(50.7), DISABLE}}, true, AT_RETURN(50)}, /* too late */
    /* Step I. */
    {MS(350), {{0, NOTHING}}, true, AT_RETURN(350)},
};
enum { PLANS = sizeof(plans) / sizeof(plans[0]) };

static void perform(struct world *w, enum deed deed,
                    struct labrpc_server *other)
{
    switch (deed) {
    case NOTHING:
        break;
    case DISABLE:
        labrpc_enable(w->net, "end", false);
        break;
    case ENABLE:
        labrpc_enable(w->net, "end", true);
        break;
    case DELETE:
        labrpc_delete_server(w->net, "server");
        break;
    case REPLACE:
        labrpc_add_server(w->net, "server", other);
        break;
    case PUT_BACK:
        labrpc_add_server(w->net, "server", w->server);
        break;
    case FORGET:
        labrpc_end_delete(w->net, "end");
        break;
    }
}

static void follow_plan(void *argument)
{
    const struct plan *plan = argument;
    struct world *w = world_new(1, true);
    struct labrpc_server *other = world_server(w);
    w->junk->work = plan->work;
    struct asked asked;
    sim_ns started = ask_and_see_started(&asked, w, 0);
    for (int i = 0; i < 3 && plan->step[i].deed; i++) {
        sleep_until(started + plan->step[i].at);
        perform(w, plan->step[i].deed, other);
    }
    sleep_until(started + plan->work + SIM_SECOND);
    ck_assert(asked.over);
    ck_assert_int_eq(asked.ok, plan->ok);
    assert_within(asked.returned - started, plan->least, plan->most);
    /* The handler has run to its end in any case. */
    sim_ns work = w->junk->call[0].ended - started;
    assert_within(work, plan->work, plan->work + SLACK);
    labrpc_delete_server(w->net, "server");
    labrpc_server_free(other);
    world_free(w);
}

START_TEST(a_server_that_is_gone_is_noticed_every_100_ms_and_at_the_reply)
{
    struct plan plan = plans[_i];
    sim_ok(1, SIM_FIFO, follow_plan, &plan);
}
END_TEST

/* Gone before the request arrives: the server itself lives, so the handler
 * runs. */
static void gone_on_arrival(void)
{
    struct world *w = world_new(1, true);
    struct asked asked = {.w = w};
    sim_spawn("asker", ask, &asked);
    sim_sleep(100 * SIM_US);
    labrpc_enable(w->net, "end", false);
    sim_sleep(10 * SIM_MS);
    ck_assert_int_eq(w->junk->call[0].runs, 1);
    ck_assert(asked.over && !asked.ok); /* step F */

    labrpc_enable(w->net, "end", true);
    w->junk->work = LONG_WORK;
    asked = (struct asked){.w = w, .number = 1};
    sim_spawn("asker", ask, &asked);
    sim_sleep(100 * SIM_US);
    labrpc_delete_server(w->net, "server");
    sim_sleep(SIM_SECOND);
    ck_assert(asked.over && !asked.ok); /* step E */
    sim_ns waited = asked.returned - w->junk->call[1].started;
    assert_within(waited, AT_LOOK(100));
    sim_sleep(LONG_WORK);
    world_free(w);
}

START_TEST(a_server_gone_before_the_request_arrives_is_noticed_too)
{
    in_sim(1, SIM_FIFO, gone_on_arrival);
}
END_TEST

SUITE(labrpc_numbers)
{
    Suite *suite = suite_create("labrpc_numbers");
    TCase *chance = tcase_create("chance");
    tcase_add_test(chance, a_message_takes_0_2_to_0_6_ms);
    tcase_add_test(chance, a_dead_end_fails_after_0_to_99_ms_or_0_to_6999);
    tcase_add_test(
        chance,
        an_unreliable_network_waits_0_to_26_ms_and_loses_a_tenth_each_way);
    tcase_add_test(
        chance, long_reordering_holds_two_thirds_of_replies_for_200_to_2199_ms);
    suite_add_tcase(suite, chance);

    TCase *gone = tcase_create("gone");
    tcase_add_test(gone, a_late_reply_arrives_whatever_has_happened_since);
    tcase_add_loop_test(
        gone, a_server_that_is_gone_is_noticed_every_100_ms_and_at_the_reply, 0,
        PLANS);
    tcase_add_test(gone,
                   a_server_gone_before_the_request_arrives_is_noticed_too);
    suite_add_tcase(suite, gone);

    return suite;
}
