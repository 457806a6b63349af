/* test_strict.c - scripts of directed tests, with the reference Raft.
 * Layer: tests. */
#include "tester/labs/strict.h"

#include "tester/harness/lab.h"
#include "tester/labs/registry.h"
#include "tests/support/reference.h"
#include "tests/support/suites.h"

static void elects_without_voters(struct cluster *c)
{
    strict_begin(c);
    REQUIRE(c, !elect(c, 0, 0, DELIVERED), "t", "elected by nobody");
    REQUIRE(c, elect(c, 1, SERVER(2), LOST), "t", "not elected by 2");
    REQUIRE(c, state_of(c, 1).is_leader, "t", "does not lead");
    sleep_ms(5000);
    REQUIRE(c, state_of(c, 2).term == state_of(c, 1).term, "t", "terms");
    must_elect(c, 0, SERVER(2), DELIVERED);
    agree_by(c, 0, 5, SERVER(0) | SERVER(2));
    REQUIRE(c, state_of(c, 0).term > state_of(c, 1).term, "t", "older term");

    /* In the second half of this election the voter's clock runs, but its
     * requests are dropped; afterwards they are not. */
    REQUIRE(c, !elect(c, 1, SERVER(2), DELIVERED), "t", "lacks an entry");
    REQUIRE(c, flow_get(c->lab->net, 2, 0, FLOW_REQUESTS) == FLOW_PASS, "t",
            "the voter is still cut off");
    uint64_t term = state_of(c, 2).term;
    sleep_ms(20000);
    REQUIRE(c, state_of(c, 2).term == term, "t", "the voter's clock runs");
    must_elect(c, 1, SERVER(0), DELIVERED);
}

/* Server 1 lacks the entry that servers 0 and 2 have committed, so it cannot
 * win the last election. */
START_TEST(an_election_that_is_not_won_is_not_applicable)
{
    const struct verdict *verdict = reference_run(elects_without_voters);
    ck_assert_int_eq(verdict->kind, VERDICT_NOT_APPLICABLE);
    ck_assert_str_eq(verdict->rule, "elect");
    ck_assert_str_eq(verdict->what, "server 1 was not elected");
    ck_assert_ptr_nonnull(strstr(verdict->file, "test_strict.c"));
}
END_TEST

enum { SEEDS = 12, SCRIPTS = 3 };
static const char *const scripts[SCRIPTS] = {"TestStrictFigure8",
                                             "TestStrictVoteNotDurable",
                                             "TestStrictStaleVoteReply"};

static bool expect_played(const struct runner_job *job,
                          const struct verdict *verdict, void *context)
{
    int *played = context;
    ck_assert_msg(verdict->kind == VERDICT_PASS, "%s seed %d: %s: %s: %s",
                  job->test->name, (int)job->run.seed,
                  verdict_text(verdict->kind), verdict->rule, verdict->what);
    (*played)++;
    return true;
}

/* The scripts reach their ends: none is "not applicable". */
START_TEST(the_reference_passes_the_scripts)
{
    static struct runner_job jobs[SCRIPTS * SEEDS * 2];
    struct sim_plugin *reference = reference_open();
    for (size_t i = 0; i < SCRIPTS * SEEDS * 2; i++) {
        jobs[i].test = lab_test_find(scripts[i % SCRIPTS]);
        jobs[i].run.impl = reference;
        jobs[i].run.seed = 1 + i / SCRIPTS / 2;
        jobs[i].run.policy = i / SCRIPTS % 2 == 0 ? SIM_RANDOM : SIM_PCT;
        ck_assert_ptr_nonnull(jobs[i].test);
    }
    struct runner_options options = {.parallel = 1};
    int played = 0;
    ck_assert_int_eq(
        runner_run(&options, jobs, SCRIPTS * SEEDS * 2, expect_played, &played),
        LAB_OK);
    ck_assert_int_eq(played, SCRIPTS * SEEDS * 2);
}
END_TEST

SUITE(tester_strict)
{
    Suite *suite = suite_create("tester_strict");
    TCase *played = tcase_create("scripts");
    tcase_add_test(played, an_election_that_is_not_won_is_not_applicable);
    tcase_add_test(played, the_reference_passes_the_scripts);
    suite_add_tcase(suite, played);
    return suite;
}
