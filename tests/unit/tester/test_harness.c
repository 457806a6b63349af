/* test_harness.c - the harness of the lab tests, with the reference Raft.
 * Layer: tests. Small bodies test what steps do and how failures are reported;
 * then every lab test runs with some seeds. */
#include "tests/support/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tester/harness/cluster.h"
#include "tester/labs/registry.h"
#include "tester/run/runner.h"
#include "tests/support/reference.h"

/* Run a body with three servers; one such run per process. */
static const struct verdict *run_with(struct lab_test test, struct lab_run run)
{
    static struct verdict verdict;
    test.name = "TestOfTheHarness";
    test.servers = 3;
    run.seed = 1;
    run.impl = reference_open();
    lab_test_run(&test, &run, &verdict);
    return &verdict;
}

static const struct verdict *run_body(void (*body)(struct cluster *c))
{
    return run_with((struct lab_test){.body = body}, (struct lab_run){0});
}

static void expect_pass(void (*body)(struct cluster *c))
{
    const struct verdict *verdict = run_body(body);
    ck_assert_msg(verdict->kind == VERDICT_PASS, "%s: %s: %s (line %d)",
                  verdict_text(verdict->kind), verdict->rule, verdict->what,
                  verdict->line);
    ck_assert_str_eq(verdict->servers, "");
}

static const struct verdict *expect_fail(void (*body)(struct cluster *c),
                                         const char *rule, const char *what)
{
    const struct verdict *verdict = run_body(body);
    ck_assert_int_eq(verdict->kind, VERDICT_FAIL);
    ck_assert_str_eq(verdict->rule, rule);
    ck_assert_msg(strstr(verdict->what, what) != NULL, "%s", verdict->what);
    return verdict;
}

/* ---- The list -----------------------------------------------------------*/

enum { RAFT_TESTS = 28, LAB_TESTS = 28 + 14 + 9 + 8 };

START_TEST(there_are_59_lab_tests_in_order_28_of_raft_worth_100_points)
{
    size_t count;
    const struct lab_test *const *tests = lab_tests(&count);
    int points = 0;
    ck_assert_uint_gt(count, LAB_TESTS);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(lab_test_is_graded(tests[i]), i < LAB_TESTS);
        ck_assert_int_eq(strcmp(tests[i]->part, "S") == 0, i >= LAB_TESTS);
        ck_assert_int_eq(tests[i]->service == 0,
                         i < RAFT_TESTS || i >= LAB_TESTS);
        ck_assert_ptr_eq(lab_test_find(tests[i]->name), tests[i]);
        if (i > 0) {
            ck_assert_int_ge(strcmp(tests[i]->part, tests[i - 1]->part), 0);
        }
        if (i < LAB_TESTS) {
            size_t size = strlen(tests[i]->name) - strlen(tests[i]->part);
            ck_assert_str_eq(tests[i]->name + size, tests[i]->part);
        }
        points += i < RAFT_TESTS ? tests[i]->points : 0;
    }
    ck_assert_int_eq(points, 100);
    ck_assert_str_eq(tests[0]->name, "TestInitialElection2A");
    ck_assert_str_eq(tests[RAFT_TESTS - 1]->name, "TestSnapshotInit2D");
    ck_assert_str_eq(tests[RAFT_TESTS]->name, "TestBasic3A");
}
END_TEST

START_TEST(names_of_2024_are_known)
{
    const struct lab_test *test = lab_test_find("TestBackup2B");
    ck_assert_ptr_nonnull(test);
    ck_assert_ptr_eq(lab_test_find("TestBackup3B"), test);
    ck_assert_ptr_eq(lab_test_find("TestPersist33C"),
                     lab_test_find("TestPersist32C"));
    ck_assert_ptr_null(lab_test_find("TestBackup3A"));
    ck_assert_ptr_null(lab_test_find("TestBackup4B"));
    ck_assert_ptr_null(lab_test_find("TestBackup"));
    ck_assert_ptr_null(lab_test_find("3B"));
    ck_assert_ptr_null(lab_test_find(""));
}
END_TEST

/* ---- Steps --------------------------------------------------------------*/

static void crashes_and_cuts(struct cluster *c)
{
    agree(c, 1, ALL_SERVERS, RETRY);
    int leader = check_one_leader(c);
    crash(c, leader);
    REQUIRE(c, !is_running(c, leader), "t", "runs after a crash");
    REQUIRE(c, !is_connected(c, leader), "t", "connected after a crash");
    REQUIRE(c, committed(c, 1) == 3, "t", "the committed copy is gone");
    REQUIRE(c, !submit(c, leader, 2).is_leader, "t", "the dead answer");

    uint64_t index = agree(c, 3, 2, RETRY);
    REQUIRE(c, committed(c, index) == 2, "t", "who has applied it?");
    restart(c, leader);
    REQUIRE(c, is_running(c, leader), "t", "does not run");
    wait_commit(c, index, ALL_SERVERS, ANY_TERM, NULL);

    start_server(c, leader); /* crashes it first, and leaves it cut off */
    REQUIRE(c, !is_connected(c, leader), "t", "connected after a start");
    connect_server(c, leader);
    disconnect(c, leader);
    REQUIRE(c, is_running(c, leader), "t", "a cut is no crash");
    REQUIRE(c, check_one_leader(c) != leader, "t", "asked who is cut off");
    connect_server(c, leader);
    agree_sized(c, 4, 1000, ALL_SERVERS, RETRY);
    check_terms(c);
}

START_TEST(servers_crash_restart_and_are_disconnected)
{
    expect_pass(crashes_and_cuts);
}
END_TEST

static void disagrees(struct cluster *c)
{
    agree(c, 1, ALL_SERVERS, RETRY);
    disconnect(c, check_one_leader(c));
    sleep_ms(3 * RAFT_ELECTION_TIMEOUT_MS);
    agree(c, 77, ALL_SERVERS, NO_RETRY);
}

START_TEST(a_failed_agreement_names_place_and_servers)
{
    const struct verdict *verdict =
        expect_fail(disagrees, "agreement",
                    "within 2 s only 2 of the expected 3 servers applied "
                    "command 77, which the leader had accepted at index 2");
    ck_assert_ptr_nonnull(strstr(verdict->file, "test_harness.c"));
    ck_assert_int_gt(verdict->line, 100);
    ck_assert_ptr_nonnull(strstr(verdict->servers, "server 2: up"));
    ck_assert_ptr_nonnull(strstr(verdict->servers, "disconnected"));
    ck_assert_ptr_nonnull(strstr(verdict->servers, "leader in term"));
    ck_assert_ptr_nonnull(strstr(verdict->servers, "applied 2"));
    ck_assert_int_eq(verdict->stats.servers, 3);
    ck_assert_uint_eq(verdict->stats.commits, 2);
    ck_assert_uint_gt(verdict->stats.rpcs, 0);
}
END_TEST

static void loses_all(struct cluster *c)
{
    for (int server = 0; server < 3; server++) {
        crash(c, server);
    }
    agree(c, 77, 1, RETRY);
}

START_TEST(without_servers_no_command_is_accepted)
{
    const struct verdict *verdict =
        expect_fail(loses_all, "agreement", "no connected server accepted");
    ck_assert_ptr_nonnull(strstr(verdict->servers, "server 0: crashed"));
}
END_TEST

static void cuts_all(struct cluster *c)
{
    for (int server = 0; server < 3; server++) {
        disconnect(c, server);
    }
    check_one_leader(c);
}

START_TEST(without_connections_no_server_leads)
{
    expect_fail(cuts_all, "one leader", "no connected server became leader");
}
END_TEST

static void doubts_the_leader(struct cluster *c)
{
    check_one_leader(c);
    check_no_leader(c);
}

START_TEST(a_leader_without_a_majority_is_found)
{
    expect_fail(doubts_the_leader, "no leader without a majority", "is leader");
}
END_TEST

static void waits_in_vain(struct cluster *c)
{
    agree(c, 1, ALL_SERVERS, RETRY);
    wait_commit(c, 2, 1, ANY_TERM, NULL);
}

START_TEST(an_index_that_is_never_applied_is_found)
{
    const struct verdict *verdict =
        expect_fail(waits_in_vain, "agreement", "0 of the expected 1 servers");
    ck_assert_uint_gt(verdict->run.now, 30 * SIM_SECOND);
    ck_assert_uint_lt(verdict->run.now, 36 * SIM_SECOND);
}
END_TEST

static void outlives_a_term(struct cluster *c)
{
    int leader = check_one_leader(c);
    struct raft_start start = submit(c, leader, 1);
    crash(c, leader);
    crash(c, (leader + 1) % 3);
    restart(c, (leader + 1) % 3);
    bool stayed = wait_commit(c, start.index + 5, 1, start.term, NULL);
    REQUIRE(c, !stayed, "t", "a leader crashed and the term stayed");
}

START_TEST(waiting_ends_when_the_term_changes)
{
    expect_pass(outlives_a_term);
}
END_TEST

/* ---- Threads and chance -------------------------------------------------*/

static void fails(struct cluster *c, void *argument)
{
    sleep_ms(10);
    REQUIRE(c, argument == NULL, "helper's rule", "helper's sentence");
}

static void spawns_one_that_fails(struct cluster *c)
{
    int something = 0;
    struct helper *helper = spawn(c, fails, &something);
    check_one_leader(c);
    join(helper);
}

START_TEST(a_failure_in_a_helper_ends_the_test)
{
    const struct verdict *verdict = expect_fail(
        spawns_one_that_fails, "helper's rule", "helper's sentence");
    ck_assert_uint_lt(verdict->run.now, 200 * SIM_MS);
}
END_TEST

enum { HELPERS = 3, DRAWS = 5 };
static uint64_t drawn[HELPERS][DRAWS];

static void draws(struct cluster *c, void *argument)
{
    uint64_t *to = argument;
    for (int i = 0; i < DRAWS; i++) {
        to[i] = lab_random(c, 1000);
        REQUIRE(c, to[i] < 1000, "t", "beyond the bound");
        sleep_ms(to[i]); /* so that they go on in different orders */
    }
}

static void spawns_some_that_draw(struct cluster *c)
{
    struct helper *helpers[HELPERS];
    for (int i = 0; i < HELPERS; i++) {
        helpers[i] = spawn(c, draws, drawn[i]);
    }
    for (int i = 0; i < HELPERS; i++) {
        join(helpers[i]);
    }
}

static void spawns_them_one_by_one(struct cluster *c)
{
    for (int i = 0; i < HELPERS; i++) {
        join(spawn(c, draws, drawn[i]));
    }
}

static void child_draws(const struct runner_job *job, struct verdict *verdict,
                        void *context)
{
    (void)context;
    lab_test_run(job->test, &job->run, verdict);
    uint64_t digest = sim_digest(bytes_of(drawn, sizeof(drawn)));
    verdict->stats.rpc_bytes = digest;
}

static bool keep_digest(const struct runner_job *job,
                        const struct verdict *verdict, void *context)
{
    uint64_t *digests = context;
    ck_assert_int_eq(verdict->kind, VERDICT_PASS);
    digests[job->tag] = verdict->stats.rpc_bytes;
    return true;
}

/* What a helper draws does not depend on other threads. */
START_TEST(random_numbers_do_not_depend_on_interleaving)
{
    uint64_t digests[2];
    struct lab_test tests[2] = {
        {.name = "T", .servers = 3, .body = spawns_some_that_draw},
        {.name = "T", .servers = 3, .body = spawns_them_one_by_one},
    };
    struct runner_job jobs[2];
    struct sim_plugin *reference = reference_open();
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 2; i++) {
        jobs[i].test = &tests[i];
        jobs[i].run.seed = 7;
        jobs[i].run.impl = reference;
        jobs[i].run.policy = i == 0 ? SIM_RANDOM : SIM_FIFO;
        jobs[i].tag = (uint64_t)i;
    }
    struct runner_options options = {.parallel = 1, .child = child_draws};
    ck_assert_int_eq(runner_run(&options, jobs, 2, keep_digest, digests),
                     LAB_OK);
    ck_assert_uint_eq(digests[0], digests[1]);
}
END_TEST

/* ---- Verdicts -----------------------------------------------------------*/

static void sleeps_long(struct cluster *c)
{
    check_one_leader(c);
    sleep_ms(100000);
    check_one_leader(c);
    sleep_ms(100000);
}

static const struct verdict *time_out(int test_limit_s, int run_limit_s)
{
    const struct verdict *verdict = run_with(
        (struct lab_test){.body = sleeps_long, .time_limit_s = test_limit_s},
        (struct lab_run){.time_limit_s = run_limit_s});
    ck_assert_int_eq(verdict->kind, VERDICT_TIMEOUT);
    ck_assert_int_eq(verdict->run.end, SIM_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(verdict->servers, "server 1: up, connected"));
    return verdict;
}

/* The limit ends the test; it is not only checked afterwards. */
START_TEST(a_test_has_120_virtual_seconds)
{
    const struct verdict *verdict = time_out(0, 0);
    ck_assert_uint_ge(verdict->run.now, 120 * SIM_SECOND);
    ck_assert_uint_lt(verdict->run.now, 121 * SIM_SECOND);
}
END_TEST

START_TEST(a_test_may_have_a_limit_of_its_own)
{
    ck_assert_uint_lt(time_out(50, 0)->run.now, 51 * SIM_SECOND);
}
END_TEST

START_TEST(a_run_may_have_a_limit_of_its_own)
{
    ck_assert_uint_lt(time_out(50, 20)->run.now, 21 * SIM_SECOND);
}
END_TEST

static void ends_just_before_the_limit(struct cluster *c)
{
    check_one_leader(c);
    sleep_ms(119000);
}

/* The orderly end may exceed the limit of the test. */
START_TEST(the_limit_is_for_the_body_alone)
{
    const struct verdict *verdict =
        run_with((struct lab_test){.body = ends_just_before_the_limit},
                 (struct lab_run){.time_limit_s = 120});
    ck_assert_int_eq(verdict->kind, VERDICT_PASS);
    ck_assert_uint_lt(verdict->run.now, 120 * SIM_SECOND);
}
END_TEST

static void notes_something(struct cluster *c)
{
    check_one_leader(c);
    note(c, "worth %d looks", 2);
}

START_TEST(a_note_fails_nothing)
{
    const struct verdict *verdict = run_body(notes_something);
    ck_assert_int_eq(verdict->kind, VERDICT_PASS);
    ck_assert_str_eq(verdict->notes, "worth 2 looks\n");
    ck_assert_str_eq(verdict->servers, "");
    ck_assert_str_eq(verdict->what, "");
}
END_TEST

static void asserts_something(struct cluster *c)
{
    LAB_ASSERT(server_count(c) == 4);
}

/* It does not name the seed, which would be that of the simulator. */
START_TEST(a_failed_assertion_names_fact_and_time)
{
    const struct verdict *verdict = run_body(asserts_something);
    ck_assert_int_eq(verdict->kind, VERDICT_INTERNAL);
    ck_assert_ptr_nonnull(strstr(verdict->what, "server_count(c) == 4 (at "));
    ck_assert_ptr_null(strstr(verdict->what, "seed"));
}
END_TEST

/* ---- The lab tests ------------------------------------------------------*/

enum { SEEDS = 2, POLICIES = 2, TWICE = 2, TESTS = 28 };
static struct runner_job jobs_of_all[TESTS * SEEDS * POLICIES * TWICE];

static bool expect_passed(const struct runner_job *job,
                          const struct verdict *verdict, void *context)
{
    uint64_t *hashes = context;
    size_t pair = (size_t)job->tag / TWICE;
    ck_assert_msg(verdict->kind == VERDICT_PASS, "%s seed %d: %s: %s: %s",
                  job->test->name, (int)job->run.seed,
                  verdict_text(verdict->kind), verdict->rule, verdict->what);
    ck_assert_msg(verdict->notes[0] == '\0', "%s seed %d: %s", job->test->name,
                  (int)job->run.seed, verdict->notes);
    ck_assert_uint_ne(verdict->run.hash, 0);
    if (hashes[pair] != 0) {
        ck_assert_uint_eq(verdict->run.hash, hashes[pair]);
    }
    hashes[pair] = verdict->run.hash;
    return true;
}

/* The reference passes, leaves no thread behind, and the same seed gives the
 * same run. */
START_TEST(the_reference_passes_every_lab_test)
{
    static uint64_t hashes[TESTS * SEEDS * POLICIES];
    size_t count;
    const struct lab_test *const *tests = lab_tests(&count);
    struct sim_plugin *reference = reference_open();
    struct runner_job *job = jobs_of_all;
    ck_assert_uint_ge(count, TESTS); /* and the directed ones */
    for (size_t i = 0; i < TESTS * SEEDS * POLICIES * TWICE; i++, job++) {
        size_t run = i / TWICE;
        job->tag = i;
        job->test = tests[run / (SEEDS * POLICIES)];
        job->run.impl = reference;
        job->run.seed = 1 + run / POLICIES % SEEDS;
        job->run.policy = run % POLICIES == 0 ? SIM_RANDOM : SIM_FIFO;
    }
    struct runner_options options = {.parallel = 1};
    ck_assert_int_eq(runner_run(&options, jobs_of_all,
                                TESTS * SEEDS * POLICIES * TWICE, expect_passed,
                                hashes),
                     LAB_OK);
}
END_TEST

static void add_steps(Suite *suite)
{
    TCase *steps = tcase_create("steps");
    tcase_add_test(steps, servers_crash_restart_and_are_disconnected);
    tcase_add_test(steps, a_failed_agreement_names_place_and_servers);
    tcase_add_test(steps, without_servers_no_command_is_accepted);
    tcase_add_test(steps, without_connections_no_server_leads);
    tcase_add_test(steps, a_leader_without_a_majority_is_found);
    tcase_add_test(steps, an_index_that_is_never_applied_is_found);
    tcase_add_test(steps, waiting_ends_when_the_term_changes);
    tcase_add_test(steps, a_failure_in_a_helper_ends_the_test);
    tcase_add_test(steps, random_numbers_do_not_depend_on_interleaving);
    suite_add_tcase(suite, steps);
}

SUITE(tester_harness)
{
    Suite *suite = suite_create("tester_harness");
    TCase *list = tcase_create("list");
    tcase_add_test(list,
                   there_are_59_lab_tests_in_order_28_of_raft_worth_100_points);
    tcase_add_test(list, names_of_2024_are_known);
    suite_add_tcase(suite, list);

    add_steps(suite);

    TCase *verdicts = tcase_create("verdicts");
    tcase_add_test(verdicts, a_test_has_120_virtual_seconds);
    tcase_add_test(verdicts, a_test_may_have_a_limit_of_its_own);
    tcase_add_test(verdicts, a_run_may_have_a_limit_of_its_own);
    tcase_add_test(verdicts, the_limit_is_for_the_body_alone);
    tcase_add_test(verdicts, a_note_fails_nothing);
    tcase_add_test(verdicts, a_failed_assertion_names_fact_and_time);
    suite_add_tcase(suite, verdicts);

    TCase *labs = tcase_create("labs");
    tcase_add_test(labs, the_reference_passes_every_lab_test);
    suite_add_tcase(suite, labs);
    return suite;
}
