/* test_rsm.c - the replicated state machine: results and fates of commands.
 * Layer: tests. */
#include <stdio.h>

#include "kvraft/rsm_state.h"
#include "tests/support/kv_cluster.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

/* ---- Pending commands ---------------------------------------------------*/

static struct bytes copy(const char *text)
{
    return bytes_copy(bytes_of_text(text));
}

static void add(struct rsm *rsm, struct pending *pending, uint64_t index,
                uint64_t term)
{
    *pending = (struct pending){.index = index, .term = term};
    pthread_cond_init(&pending->decided, NULL);
    pending_start(rsm);
    pending_add(rsm, pending);
    pending_started(rsm);
}

START_TEST(submitter_gets_the_result_of_its_command)
{
    struct rsm rsm = {0};
    struct pending first, second;
    add(&rsm, &first, 1, 5);
    add(&rsm, &second, 2, 5);
    pending_executed(&rsm, 1, 5, copy("result"));
    ck_assert_int_eq(first.fate, EXECUTED);
    ck_assert(bytes_equal(first.result, bytes_of_text("result")));
    ck_assert_int_eq(second.fate, PENDING);
    pending_lose_all(&rsm);
    ck_assert_int_eq(second.fate, LOST);
    ck_assert_ptr_null(rsm.pending);
    bytes_free(&first.result);
}
END_TEST

START_TEST(command_whose_index_another_one_has_is_lost)
{
    struct rsm rsm = {0};
    struct pending pending;
    add(&rsm, &pending, 1, 5);
    pending_executed(&rsm, 1, 6, copy("of another"));
    ck_assert_int_eq(pending.fate, LOST);
    ck_assert_ptr_null(rsm.pending);
}
END_TEST

START_TEST(leader_of_two_terms_can_have_two_commands_at_one_index)
{
    struct rsm rsm = {0};
    struct pending older, newer;
    add(&rsm, &older, 3, 5);
    add(&rsm, &newer, 3, 7);
    ck_assert_int_eq(older.fate, LOST);
    ck_assert_int_eq(newer.fate, PENDING);
    add(&rsm, &older, 3, 5); /* the slower submitter */
    ck_assert_int_eq(older.fate, LOST);
    pending_executed(&rsm, 3, 7, copy("x"));
    ck_assert_int_eq(newer.fate, EXECUTED);
    bytes_free(&newer.result);
}
END_TEST

/* A snapshot holds the state, but not the result of each command. */
START_TEST(commands_covered_by_a_snapshot_are_lost)
{
    struct rsm rsm = {0};
    struct pending pending[3], late;
    for (uint64_t i = 0; i < 3; i++) {
        add(&rsm, &pending[i], i + 1, 5);
    }
    pending_skipped(&rsm, 2);
    ck_assert_int_eq(pending[0].fate, LOST);
    ck_assert_int_eq(pending[1].fate, LOST);
    ck_assert_int_eq(pending[2].fate, PENDING);
    add(&rsm, &late, 2, 5);
    ck_assert_int_eq(late.fate, LOST);
    pending_executed(&rsm, 3, 5, copy("x"));
    ck_assert_int_eq(pending[2].fate, EXECUTED);
    bytes_free(&pending[2].result);
}
END_TEST

START_TEST(early_result_is_kept_for_its_submitter)
{
    struct rsm rsm = {0};
    struct pending mine = {.index = 2, .term = 5},
                   lost = {.index = 1, .term = 4};
    pending_start(&rsm);
    pending_start(&rsm);
    pending_executed(&rsm, 1, 5, copy("one"));
    pending_executed(&rsm, 2, 5, copy("two"));
    pending_executed(&rsm, 3, 5, copy("three"));
    pending_add(&rsm, &lost);
    pending_started(&rsm);
    pending_add(&rsm, &mine);
    pending_started(&rsm);
    ck_assert_int_eq(lost.fate, LOST);
    ck_assert_int_eq(mine.fate, EXECUTED);
    ck_assert(bytes_equal(mine.result, bytes_of_text("two")));
    ck_assert_ptr_null(rsm.early); /* the others are freed */
    bytes_free(&mine.result);
}
END_TEST

/* ---- Clusters -----------------------------------------------------------*/

struct submission {
    struct rsm *rsm;
    const char *command;
    bool over, executed;
};

static void submit(void *argument)
{
    struct submission *s = argument;
    struct bytes result = {NULL, 0};
    s->executed = rsm_submit(s->rsm, bytes_of_text(s->command), &result);
    s->over = true;
    bytes_free(&result);
}

enum { MANY = 50 };

static void submit_many(struct submission *s, struct rsm *rsm,
                        const char *command)
{
    for (int i = 0; i < MANY; i++) {
        s[i] = (struct submission){.rsm = rsm, .command = command};
        sim_spawn("submitter", submit, &s[i]);
    }
}

static int count_over(const struct submission *s)
{
    int over = 0;
    for (int i = 0; i < MANY; i++) {
        over += s[i].over;
    }
    return over;
}

static int count_executed(const struct submission *s)
{
    int executed = 0;
    for (int i = 0; i < MANY; i++) {
        executed += s[i].executed;
    }
    return executed;
}

static void expect_counts(struct kv_cluster *c, uint64_t count)
{
    sim_sleep(300 * SIM_MS); /* until followers know commit_index */
    for (int i = 0; i < c->servers; i++) {
        ck_assert_uint_eq(c->host[i].counter.count, count);
    }
}

static void sequential_submissions(void *argument)
{
    struct kv_cluster c = {.servers = *(int *)argument, .counts = true};
    kv_cluster_up(&c);
    for (uint64_t i = 1; i <= 20; i++) {
        ck_assert_uint_eq(kv_count(&c, "+"), i);
    }
    expect_counts(&c, 20);
    kv_cluster_down(&c);
}

static void concurrent_submissions(void *argument)
{
    struct kv_cluster c = {.servers = *(int *)argument, .counts = true};
    struct submission s[MANY];
    kv_cluster_up(&c);
    submit_many(s, c.host[kv_leader(&c)].rsm, "+");
    sim_sleep(SIM_SECOND);
    ck_assert_int_eq(count_executed(s), MANY);
    expect_counts(&c, MANY);
    kv_cluster_down(&c);
}

static void no_leader(void *unused)
{
    struct kv_cluster c = {.servers = 3, .counts = true};
    struct bytes result = {NULL, 0};
    (void)unused;
    kv_cluster_up(&c);
    ck_assert(!rsm_submit(c.host[0].rsm, bytes_of_text("+"), &result));
    int leader = kv_leader(&c);
    sim_ns before = sim_now();
    int other = (leader + 1) % 3;
    ck_assert(!rsm_submit(c.host[other].rsm, bytes_of_text("+"), &result));
    ck_assert_uint_lt(sim_now() - before, SIM_MS);
    kv_cluster_down(&c);
}

/* While it believes that it leads, the fate is unknown; afterwards it is
 * decided soon. */
static void partitioned_leader(void *unused)
{
    struct kv_cluster c = {.servers = 3, .counts = true};
    struct submission s[MANY];
    (void)unused;
    kv_cluster_up(&c);
    ck_assert_uint_eq(kv_count(&c, "+"), 1);
    int old = kv_leader(&c);
    kv_connect(&c, old, false);
    submit_many(s, c.host[old].rsm, "-");
    sim_sleep(10 * SIM_MS);
    c.host[old].up = false; /* kv_count() goes to the others */
    ck_assert_uint_eq(kv_count(&c, "+"), 2);
    c.host[old].up = true;
    sim_sleep(3 * SIM_SECOND);
    ck_assert_int_eq(count_over(s), 0);
    kv_connect(&c, old, true);
    sim_sleep(SIM_SECOND);
    ck_assert_int_eq(count_over(s), MANY);
    ck_assert_int_eq(count_executed(s), 0);
    expect_counts(&c, 2);
    for (int i = 0; i < 3; i++) {
        ck_assert(bytes_equal(c.host[i].counter.last, bytes_of_text("+")));
    }
    kv_cluster_down(&c);
}

static void killed_with_pending_commands(void *unused)
{
    struct kv_cluster c = {.servers = 3, .counts = true};
    struct submission partitioned[MANY], busy[MANY];
    (void)unused;
    kv_cluster_up(&c);
    int first = kv_leader(&c);
    kv_connect(&c, first, false);
    submit_many(partitioned, c.host[first].rsm, "-");
    sim_sleep(2 * SIM_SECOND);
    submit_many(busy, c.host[kv_leader(&c)].rsm, "+");
    sim_sleep(SIM_MS);
    kv_cluster_down(&c);
    ck_assert_int_eq(count_over(partitioned), MANY);
    ck_assert_int_eq(count_over(busy), MANY);
    ck_assert_int_eq(count_executed(partitioned), 0);
}

/* ---- Snapshots ----------------------------------------------------------*/

enum { LIMIT = 1000 };

static void expect_small(struct kv_cluster *c)
{
    for (int i = 0; i < c->servers; i++) {
        ck_assert_uint_le(persister_state_bytes(c->host[i].persister),
                          2 * LIMIT);
    }
}

static void restarted_from_snapshots(void *unused)
{
    struct kv_cluster c = {
        .servers = 3, .counts = true, .max_raft_state = LIMIT};
    (void)unused;
    kv_cluster_up(&c);
    for (uint64_t i = 1; i <= 300; i++) {
        ck_assert_uint_eq(kv_count(&c, "+"), i);
    }
    expect_counts(&c, 300);
    expect_small(&c);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_gt(persister_snapshot_bytes(c.host[i].persister), 0);
        kv_host_down(&c, i);
    }
    for (int i = 0; i < 3; i++) {
        kv_host_up(&c, i);
        /* Before rsm_make() returns. */
        ck_assert_uint_eq(c.host[i].counter.restored, 1);
    }
    ck_assert_uint_eq(kv_count(&c, "+"), 301);
    expect_counts(&c, 301);
    kv_cluster_down(&c);
}

/* A server that lagged far behind gets a snapshot through the channel. */
static void caught_up_by_a_snapshot(void *unused)
{
    struct kv_cluster c = {
        .servers = 3, .counts = true, .max_raft_state = LIMIT};
    (void)unused;
    kv_cluster_up(&c);
    ck_assert_uint_eq(kv_count(&c, "+"), 1);
    int away = (kv_leader(&c) + 1) % 3;
    sim_sleep(300 * SIM_MS);
    kv_connect(&c, away, false);
    for (uint64_t i = 2; i <= 300; i++) {
        ck_assert_uint_eq(kv_count(&c, "+"), i);
    }
    expect_small(&c);
    ck_assert_uint_eq(c.host[away].counter.count, 1);
    kv_connect(&c, away, true);
    sim_sleep(2 * SIM_SECOND);
    ck_assert_uint_eq(c.host[away].counter.restored, 1);
    uint64_t last = kv_count(&c, "+");
    ck_assert_uint_eq(last, 301);
    expect_counts(&c, last);
    kv_cluster_down(&c);
}

static void without_limit(void *unused)
{
    struct kv_cluster c = {.servers = 3, .counts = true};
    (void)unused;
    kv_cluster_up(&c);
    for (uint64_t i = 1; i <= 200; i++) {
        ck_assert_uint_eq(kv_count(&c, "+"), i);
    }
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(persister_snapshot_bytes(c.host[i].persister), 0);
    }
    kv_cluster_down(&c);
}

/* ---- All of them --------------------------------------------------------*/

static int one = 1, three = 3;

static const struct kv_scenario scenarios[] = {
    {sequential_submissions, &one},
    {sequential_submissions, &three},
    {concurrent_submissions, &one},
    {concurrent_submissions, &three},
    {no_leader, NULL},
    {partitioned_leader, NULL},
    {killed_with_pending_commands, NULL},
    {restarted_from_snapshots, NULL},
    {caught_up_by_a_snapshot, NULL},
    {without_limit, NULL},
};

START_TEST(scenario_ends_well)
{
    kv_scenario_ends_well(&scenarios[_i]);
}
END_TEST

SUITE(kvraft_rsm)
{
    Suite *suite = suite_create("kvraft_rsm");
    TCase *tc = tcase_create("pending commands");

    tcase_add_test(tc, submitter_gets_the_result_of_its_command);
    tcase_add_test(tc, command_whose_index_another_one_has_is_lost);
    tcase_add_test(tc, leader_of_two_terms_can_have_two_commands_at_one_index);
    tcase_add_test(tc, commands_covered_by_a_snapshot_are_lost);
    tcase_add_test(tc, early_result_is_kept_for_its_submitter);
    suite_add_tcase(suite, tc);
    tc = tcase_create("clusters");
    tcase_add_loop_test(tc, scenario_ends_well, 0,
                        sizeof(scenarios) / sizeof(scenarios[0]));
    suite_add_tcase(suite, tc);
    return suite;
}
