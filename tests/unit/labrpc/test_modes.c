/* test_modes.c - modes, counters, names and draws of the network.
 * Layer: tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/junk.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

/* ---- Modes are sampled when a call is accepted ---------------------------*/

/* Count calls that fail or take over 100 ms, when the modes change after
 * 0.1 ms. */
static int outcomes(struct world *w, bool reordering_mode, bool on)
{
    int hit = 0;
    for (int i = 0; i < 100; i++) {
        labrpc_reliable(w->net, reordering_mode || !on);
        labrpc_long_reordering(w->net, reordering_mode && on);
        struct asked asked = {.w = w, .number = i};
        sim_spawn("asker", ask, &asked);
        sim_ns before = sim_now();
        sim_sleep(100 * SIM_US);
        labrpc_reliable(w->net, reordering_mode || on);
        labrpc_long_reordering(w->net, reordering_mode && !on);
        sim_sleep(3 * SIM_SECOND);
        ck_assert(asked.over);
        hit += !asked.ok || asked.returned - before > 100 * SIM_MS;
    }
    return hit;
}

static void modes_sampled(void)
{
    struct world *w = world_new(1, true);
    ck_assert_int_gt(outcomes(w, false, true), 5);
    ck_assert_int_eq(outcomes(w, false, false), 0);
    ck_assert_int_gt(outcomes(w, true, true), 40);
    ck_assert_int_eq(outcomes(w, true, false), 0);
    world_free(w);
}

START_TEST(modes_are_sampled_when_a_call_is_accepted)
{
    in_sim(1, SIM_FIFO, modes_sampled);
}
END_TEST

/* ---- Counters, names, determinism ----------------------------------------*/

static void counters(void)
{
    struct world *w = world_new(1, true);
    labrpc_reliable(w->net, false);
    uint64_t bytes = 0, dispatched = 0;
    for (int i = 1; i <= 300; i++) {
        struct sample s = junk_sample(w, i);
        /* Tag and zigzag number: one byte more from 64 on. */
        bytes += i < 64 ? 2 : 3;
        bytes += !s.ok ? 0 : i + 1 < 64 ? 2 : 3;
        dispatched += s.ran;
    }
    labrpc_enable(w->net, "end", false);
    (void)junk_sample(w, 301);
    bytes += 3;
    ck_assert_uint_eq(labrpc_total_count(w->net), 301);
    ck_assert_uint_eq(labrpc_total_bytes(w->net), bytes);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), dispatched);
    /* A fresh server object starts at 0. */
    struct labrpc_server *other = world_server(w);
    labrpc_add_server(w->net, "server", other);
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 0);
    labrpc_delete_server(w->net, "server");
    ck_assert_uint_eq(labrpc_count(w->net, "server"), 0);
    labrpc_server_free(other);
    world_free(w);
}

START_TEST(counters_count_what_the_labs_say)
{
    in_sim(1, SIM_FIFO, counters);
}
END_TEST

static void cleaned_up(void)
{
    struct world *w = world_new(1, true);
    w->junk->work = 50 * SIM_MS;
    struct asked asked;
    (void)ask_and_see_started(&asked, w, 0);
    labrpc_cleanup(w->net);
    sim_ns before = sim_now(), returned;
    ck_assert(!junk_work(w->end, 1, &returned));
    /* At once, but time passes. */
    assert_within(returned - before, 1, 5 * SIM_US);
    ck_assert_uint_eq(labrpc_total_count(w->net), 1);
    sim_sleep(100 * SIM_MS);
    ck_assert(asked.over && asked.ok);
    world_free(w);
}

START_TEST(after_cleanup_new_calls_fail_and_accepted_ones_finish)
{
    in_sim(1, SIM_FIFO, cleaned_up);
}
END_TEST

static void name_twice(void *unused)
{
    (void)unused;
    struct world *w = world_new(1, false);
    labrpc_end_new(w->net, "end");
}

static void name_unknown(void *unused)
{
    (void)unused;
    struct world *w = world_new(1, false);
    labrpc_end_delete(w->net, "end");
    labrpc_enable(w->net, "end", true);
}

START_TEST(an_end_name_made_twice_or_unknown_ends_the_run)
{
    sim_ends(SIM_BUG, "an end named \"end\" exists already", name_twice, NULL);
    sim_ends(SIM_BUG, "no end is named \"end\"", name_unknown, NULL);
}
END_TEST

static void pester(void *argument)
{
    struct asked *asked = argument;
    for (int i = 0; i < 20; i++) {
        asked->ok = junk_work(asked->w->end, asked->number, &asked->returned);
    }
}

struct traffic {
    uint64_t net_seed;
    bool other_end; /* another thread calls on one of its own */
    char pattern[101];
};

static void some_traffic(void *argument)
{
    struct traffic *traffic = argument;
    struct world *w = world_new(traffic->net_seed, true);
    struct world other = *w;
    other.end = world_end(w, "other", "server");
    labrpc_reliable(w->net, false);
    labrpc_long_reordering(w->net, true);
    struct asked asked[10];
    for (int i = 0; i < 10 && traffic->other_end; i++) {
        asked[i] = (struct asked){.w = &other, .number = 1000 + i};
        sim_spawn("asker", pester, &asked[i]);
    }
    for (int i = 0; i < 100; i++) {
        struct sample s = junk_sample(w, i);
        traffic->pattern[i] = s.ok ? s.total > 200 * SIM_MS ? 'l' : 'o' : '-';
    }
    sim_sleep(60 * SIM_SECOND);
    world_free(w);
}

static uint64_t hash_of(struct traffic *traffic, enum sim_policy policy)
{
    return sim_ok(5, policy, some_traffic, traffic);
}

START_TEST(the_same_seed_gives_the_same_run)
{
    for (int i = 0; i < 2; i++) {
        enum sim_policy policy = i ? SIM_FIFO : SIM_RANDOM;
        struct traffic one = {.net_seed = 1, .other_end = true};
        struct traffic two = {.net_seed = 2, .other_end = true};
        uint64_t hash = hash_of(&one, policy);
        ck_assert_uint_eq(hash_of(&one, policy), hash);
        ck_assert_uint_ne(hash_of(&two, policy), hash);
        ck_assert_str_ne(one.pattern, two.pattern);
    }
}
END_TEST

START_TEST(traffic_on_one_end_does_not_change_the_draws_of_another)
{
    struct traffic alone = {.net_seed = 1};
    struct traffic crowd = {.net_seed = 1, .other_end = true};
    ck_assert_uint_ne(hash_of(&alone, SIM_RANDOM), hash_of(&crowd, SIM_RANDOM));
    ck_assert_str_eq(alone.pattern, crowd.pattern);
}
END_TEST

SUITE(labrpc_modes)
{
    Suite *suite = suite_create("labrpc_modes");
    TCase *rest = tcase_create("modes and counters");
    tcase_add_test(rest, modes_are_sampled_when_a_call_is_accepted);
    tcase_add_test(rest, counters_count_what_the_labs_say);
    tcase_add_test(rest, after_cleanup_new_calls_fail_and_accepted_ones_finish);
    tcase_add_test(rest, an_end_name_made_twice_or_unknown_ends_the_run);
    tcase_add_test(rest, the_same_seed_gives_the_same_run);
    tcase_add_test(rest,
                   traffic_on_one_end_does_not_change_the_draws_of_another);
    suite_add_tcase(suite, rest);
    return suite;
}
