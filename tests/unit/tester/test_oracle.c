/* test_oracle.c - each rule of the oracle, broken once; and lawful events.
 * Layer: tests. The rules are listed in tester/harness/oracle.h. */
#include "tests/support/suites.h"

#include <stdio.h>
#include <string.h>

#include "tester/harness/oracle.h"

enum { SERVERS = 3 };

static struct oracle *oracle;
static char first_rule[64]; /* the first rule broken; "" none */
static char sentence[512];

static void rule_broken(void *context, const char *rule, const char *what)
{
    (void)context;
    if (first_rule[0] == '\0') {
        snprintf(first_rule, sizeof(first_rule), "%s", rule);
        snprintf(sentence, sizeof(sentence), "%s", what);
    }
}

static const struct bytes none;

static void set_up(void)
{
    first_rule[0] = '\0';
    oracle = oracle_new(SERVERS, rule_broken, NULL);
    for (int i = 0; i < SERVERS; i++) {
        oracle_boot(oracle, i, none);
    }
}

static void tear_down(void)
{
    oracle_free(oracle);
}

/* ---- Events -------------------------------------------------------------*/

static void state(int server, bool leads, uint64_t term)
{
    struct oracle_call call = oracle_call_begins(oracle, server);
    oracle_saw_state(oracle, &call, (struct raft_state){leads, term});
}

static void start(int server, uint64_t index, uint64_t term)
{
    struct oracle_call call = oracle_call_begins(oracle, server);
    oracle_saw_start(oracle, &call, (struct raft_start){true, index, term});
}

static void apply(int server, uint64_t index, uint64_t value)
{
    struct bytes command = command_pack((struct command){value, COMMAND_BYTES});
    oracle_saw_command(oracle, server, index, command);
    bytes_free(&command);
}

static void apply_up_to(int server, uint64_t last)
{
    uint64_t first = oracle_applied(oracle, server) + 1;
    for (uint64_t index = first; index <= last; index++) {
        apply(server, index, 100 + index);
    }
}

static void deliver(int server, uint64_t index, struct bytes snapshot)
{
    oracle_saw_snapshot(oracle, server, index, snapshot);
}

static void report(int server, uint64_t term, enum lab_role role,
                   uint64_t commit, uint64_t last)
{
    struct lab_state_report said = {server, term, role, commit, last};
    oracle_saw_report(oracle, &said);
}

static void expect_lawful(void)
{
    ck_assert_msg(first_rule[0] == '\0', "%s: %s", first_rule, sentence);
}

static void expect(const char *rule)
{
    ck_assert_str_eq(first_rule, rule);
    ck_assert_uint_gt(strlen(sentence), 10);
}

/* ---- Terms and leaders --------------------------------------------------*/

START_TEST(leaders_of_different_terms_are_lawful)
{
    state(0, true, 1);
    state(0, true, 1);
    state(1, true, 2);
    state(0, true, 1); /* it does not know yet */
    start(0, 1, 1);
    start(1, 1, 2);
    report(2, 3, LAB_LEADER, 0, 0);
    state(2, true, 3);
    expect_lawful();
}
END_TEST

START_TEST(two_leaders_of_a_term_are_found)
{
    state(0, true, 5);
    expect_lawful();
    start(2, 1, 5);
    expect("election safety");
    ck_assert_ptr_nonnull(strstr(sentence, "servers 0 and 2"));
}
END_TEST

START_TEST(two_leaders_are_found_across_a_crash_and_by_reports)
{
    report(0, 5, LAB_LEADER, 0, 0);
    oracle_boot(oracle, 0, none);
    state(0, false, 6);
    report(1, 5, LAB_LEADER, 0, 0);
    expect("election safety");
}
END_TEST

START_TEST(a_term_that_goes_back_is_found)
{
    state(0, false, 4);
    state(0, false, 4);
    expect_lawful();
    state(0, false, 3);
    expect("terms never go back");
}
END_TEST

START_TEST(a_reported_term_that_goes_back_is_found)
{
    report(0, 4, LAB_FOLLOWER, 0, 0);
    report(0, 3, LAB_FOLLOWER, 0, 0);
    expect("terms never go back");
}
END_TEST

/* The result of a call may be older than what became known while it ran. */
START_TEST(results_of_overlapping_calls_may_be_older)
{
    struct oracle_call slow = oracle_call_begins(oracle, 0);
    state(0, false, 7);
    report(0, 8, LAB_FOLLOWER, 0, 0);
    oracle_saw_state(oracle, &slow, (struct raft_state){false, 6});
    expect_lawful();
    state(0, false, 7);
    expect("terms never go back");
}
END_TEST

/* It may have crashed before the term was saved. */
START_TEST(a_crash_may_lose_a_term_that_was_perhaps_not_saved)
{
    state(0, false, 4);
    report(0, 5, LAB_CANDIDATE, 0, 0);
    struct oracle_call late = oracle_call_begins(oracle, 0);
    oracle_boot(oracle, 0, none);
    oracle_saw_state(oracle, &late, (struct raft_state){false, 5});
    state(0, false, 3);
    report(0, 3, LAB_FOLLOWER, 0, 0);
    expect_lawful();
}
END_TEST

START_TEST(a_term_that_was_led_outlives_a_crash)
{
    state(0, true, 4);
    oracle_boot(oracle, 0, none);
    state(0, false, 3);
    expect("terms never go back");
}
END_TEST

START_TEST(indexes_of_a_leader_rise)
{
    start(0, 1, 1);
    start(0, 2, 1);
    start(0, 2, 3); /* the log was cut between the terms */
    struct oracle_call slow = oracle_call_begins(oracle, 0);
    start(0, 4, 3);
    oracle_saw_start(oracle, &slow, (struct raft_start){true, 3, 3});
    expect_lawful();
    start(0, 4, 3);
    expect("leader append-only");
}
END_TEST

START_TEST(an_index_of_zero_is_found)
{
    start(0, 0, 1);
    expect("indexes start at 1");
}
END_TEST

START_TEST(a_follower_may_return_any_index_and_term)
{
    state(0, false, 9);
    struct oracle_call call = oracle_call_begins(oracle, 0);
    oracle_saw_start(oracle, &call, (struct raft_start){false, 0, 0});
    expect_lawful();
}
END_TEST

/* ---- Applied entries ----------------------------------------------------*/

START_TEST(equal_logs_are_lawful_and_survive_crashes)
{
    apply_up_to(0, 5);
    apply_up_to(1, 3);
    ck_assert_int_eq(oracle_committed(oracle, 3), 2);
    ck_assert_int_eq(oracle_committed(oracle, 5), 1);
    ck_assert_int_eq(oracle_committed(oracle, 6), 0);
    oracle_boot(oracle, 0, none);
    ck_assert_uint_eq(oracle_applied(oracle, 0), 0);
    ck_assert_int_eq(oracle_committed(oracle, 5), 1);
    apply_up_to(0, 6);
    ck_assert_uint_eq(oracle_highest(oracle), 6);
    ck_assert_uint_eq(oracle_command(oracle, 4).value, 104);
    expect_lawful();
}
END_TEST

START_TEST(unequal_commands_are_found)
{
    apply(0, 1, 11);
    apply(1, 1, 12);
    expect("state machine safety");
    ck_assert_str_eq(sentence,
                     "at index 1 server 0 applied command 11, but server 1 "
                     "applied command 12");
}
END_TEST

/* A server applies another command after a crash; no other server is needed to
 * find that. */
START_TEST(unequal_commands_of_one_server_are_found)
{
    apply(0, 1, 11);
    oracle_boot(oracle, 0, none);
    apply(0, 1, 12);
    expect("state machine safety");
}
END_TEST

START_TEST(a_longer_command_of_the_same_value_is_unequal)
{
    struct bytes longer = command_pack((struct command){11, 100});
    apply(0, 1, 11);
    oracle_saw_command(oracle, 1, 1, longer);
    bytes_free(&longer);
    expect("state machine safety");
}
END_TEST

START_TEST(gaps_are_found)
{
    apply_up_to(0, 2);
    apply(0, 4, 104);
    expect("apply order");
}
END_TEST

START_TEST(a_log_that_does_not_begin_at_1_is_found)
{
    apply(0, 0, 100);
    expect("apply order");
}
END_TEST

START_TEST(repeats_are_found)
{
    apply_up_to(0, 2);
    apply(0, 2, 102);
    expect("apply order");
}
END_TEST

START_TEST(bytes_that_were_never_submitted_are_found)
{
    struct bytes command = command_pack((struct command){7, 5000});
    oracle_saw_command(oracle, 0, 1, command);
    expect_lawful();
    command.data[4999] ^= 1;
    oracle_saw_command(oracle, 1, 1, command);
    expect("commands are kept");
    bytes_free(&command);
}
END_TEST

/* ---- Snapshots ----------------------------------------------------------*/

START_TEST(snapshots_replace_the_committed_copy)
{
    apply_up_to(0, 25);
    struct bytes snapshot = oracle_make_snapshot(oracle, 19);
    deliver(1, 19, snapshot);
    ck_assert_int_eq(oracle_committed(oracle, 19), 2);
    apply_up_to(1, 22);
    oracle_boot(oracle, 1, snapshot);
    ck_assert_uint_eq(oracle_applied(oracle, 1), 19);
    ck_assert_int_eq(oracle_committed(oracle, 20), 1);
    deliver(1, 19, snapshot); /* some deliver it again after a restart */
    apply_up_to(1, 25);
    bytes_free(&snapshot);
    expect_lawful();
}
END_TEST

START_TEST(a_gap_after_a_snapshot_is_found)
{
    apply_up_to(0, 25);
    struct bytes snapshot = oracle_make_snapshot(oracle, 19);
    deliver(1, 19, snapshot);
    bytes_free(&snapshot);
    apply(1, 21, 121);
    expect("apply order");
}
END_TEST

START_TEST(a_snapshot_that_takes_the_service_back_is_found)
{
    apply_up_to(0, 25);
    struct bytes snapshot = oracle_make_snapshot(oracle, 19);
    deliver(0, 19, snapshot);
    bytes_free(&snapshot);
    expect("apply order");
}
END_TEST

START_TEST(a_snapshot_of_another_index_is_found)
{
    apply_up_to(0, 25);
    struct bytes snapshot = oracle_make_snapshot(oracle, 9);
    deliver(1, 19, snapshot);
    bytes_free(&snapshot);
    expect("snapshot content");
}
END_TEST

/* Cut anywhere, or with any bit changed. */
START_TEST(damaged_snapshots_are_found)
{
    apply_up_to(0, 9);
    struct bytes whole = oracle_make_snapshot(oracle, 9);
    for (size_t size = 0; size < whole.size; size++) {
        first_rule[0] = '\0';
        deliver(1, 9, bytes_of(whole.data, size));
        expect("snapshot content");
        whole.data[size] ^= 4;
        first_rule[0] = '\0';
        deliver(2, 9, whole);
        expect("snapshot content");
        whole.data[size] ^= 4;
    }
    first_rule[0] = '\0';
    oracle_boot(oracle, 1, bytes_of(whole.data, 5));
    expect("snapshot content");
    bytes_free(&whole);
}
END_TEST

/* ---- lab_state ----------------------------------------------------------*/

START_TEST(a_life_as_reported_is_lawful)
{
    report(0, 1, LAB_CANDIDATE, 0, 0);
    report(0, 1, LAB_LEADER, 0, 0);
    report(0, 1, LAB_LEADER, 0, 3);
    report(0, 1, LAB_LEADER, 2, 3);
    apply_up_to(0, 2);
    report(1, 1, LAB_FOLLOWER, 0, 2);
    report(1, 2, LAB_CANDIDATE, 0, 2);
    report(1, 2, LAB_FOLLOWER, 0, 2);
    report(1, 3, LAB_CANDIDATE, 0, 2);
    report(1, 3, LAB_LEADER, 0, 2);
    report(0, 1, LAB_LEADER, 2, 4); /* deposed, does not know yet */
    report(0, 3, LAB_FOLLOWER, 2, 4);
    report(0, 3, LAB_FOLLOWER, 2, 2); /* the tail is cut */
    oracle_boot(oracle, 0, none);
    report(0, 0, LAB_FOLLOWER, 0, 0); /* nothing read yet */
    report(0, 3, LAB_FOLLOWER, 0, 2);
    expect_lawful();
}
END_TEST

START_TEST(pre_vote_and_stepping_down_are_lawful)
{
    report(0, 1, LAB_FOLLOWER, 0, 0);
    report(0, 1, LAB_CANDIDATE, 0, 0); /* a pre-vote keeps the term */
    report(0, 2, LAB_CANDIDATE, 0, 0);
    report(0, 2, LAB_LEADER, 0, 0);
    report(0, 2, LAB_FOLLOWER, 0, 0); /* no quorum within reach */
    report(0, 2, LAB_CANDIDATE, 0, 0);
    expect_lawful();
}
END_TEST

START_TEST(a_commit_index_that_goes_back_is_found)
{
    report(0, 1, LAB_FOLLOWER, 3, 5);
    report(0, 1, LAB_FOLLOWER, 2, 5);
    expect("commit never goes back");
}
END_TEST

START_TEST(a_commit_index_beyond_the_log_is_found)
{
    report(0, 1, LAB_FOLLOWER, 3, 2);
    expect("commit within the log");
}
END_TEST

START_TEST(applying_beyond_the_commit_index_is_found)
{
    report(0, 1, LAB_FOLLOWER, 1, 2);
    apply_up_to(0, 1);
    expect_lawful();
    apply_up_to(0, 2);
    expect("apply after commit");
}
END_TEST

START_TEST(a_leader_that_becomes_candidate_in_its_term_is_found)
{
    report(0, 1, LAB_LEADER, 0, 0);
    report(0, 1, LAB_CANDIDATE, 0, 0);
    expect("role change");
}
END_TEST

START_TEST(a_leader_without_a_committed_entry_is_found)
{
    report(0, 1, LAB_LEADER, 4, 4);
    report(1, 2, LAB_LEADER, 0, 4);
    expect_lawful();
    report(2, 3, LAB_LEADER, 0, 3);
    expect("leader completeness");
}
END_TEST

/* By old replies a deposed leader learns that it has committed: the leader
 * elected since then must have had the entry. */
START_TEST(a_commit_that_is_reported_late_is_compared_too)
{
    report(0, 1, LAB_LEADER, 0, 4);
    report(1, 2, LAB_LEADER, 0, 3);
    report(0, 1, LAB_LEADER, 3, 4);
    expect_lawful();
    report(0, 1, LAB_LEADER, 4, 4);
    expect("leader completeness");
}
END_TEST

/* What a leader of term 5 commits binds no leader of term 5 or below. */
START_TEST(commits_of_later_terms_bind_no_earlier_leader)
{
    report(0, 5, LAB_LEADER, 0, 9);
    report(0, 5, LAB_LEADER, 9, 9);
    report(1, 4, LAB_LEADER, 0, 2); /* elected before, reported late */
    report(2, 3, LAB_FOLLOWER, 2, 2);
    report(1, 4, LAB_LEADER, 2, 3);
    expect_lawful();
    report(2, 6, LAB_LEADER, 2, 8);
    expect("leader completeness");
}
END_TEST

/* Compare the staircase of commits with an exhaustive search, for any order of
 * events. Terms and indexes are drawn so that most sequences break the rule
 * late. */
START_TEST(completeness_is_judged_as_by_exhaustive_search)
{
    enum { EVENTS = 60 };
    struct lab_state_report events[EVENTS];
    bool broken = false;
    uint64_t x = (uint64_t)_i;
    struct oracle *many = oracle_new(EVENTS, rule_broken, NULL);
    for (int n = 0; n < EVENTS && !broken; n++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t term = 1 + (x >> 33) % 20;
        uint64_t level = term + (x >> 40) % 4;
        bool leads = (x >> 50) % 2 == 0;
        events[n] = (struct lab_state_report){
            .server = n,
            .term = leads ? 100 * term + (uint64_t)n : 100 * term,
            .role = leads ? LAB_LEADER : LAB_FOLLOWER,
            .commit_index = leads ? 0 : level,
            .last_index = leads ? level + (x >> 55) % 3 : 1000,
        };
        for (int k = 0; k < n; k++) {
            const struct lab_state_report *a = &events[leads ? k : n];
            const struct lab_state_report *b = &events[leads ? n : k];
            broken = broken ||
                     (a->role == LAB_FOLLOWER && b->role == LAB_LEADER &&
                      b->term > a->term && b->last_index < a->commit_index);
        }
        oracle_boot(many, n, none);
        oracle_saw_report(many, &events[n]);
        ck_assert_int_eq(first_rule[0] != '\0', broken);
    }
    if (broken) {
        expect("leader completeness");
    }
    oracle_free(many);
}
END_TEST

static void add_cases(Suite *suite)
{
    TCase *terms = tcase_create("terms and leaders");
    tcase_add_checked_fixture(terms, set_up, tear_down);
    tcase_add_test(terms, leaders_of_different_terms_are_lawful);
    tcase_add_test(terms, two_leaders_of_a_term_are_found);
    tcase_add_test(terms, two_leaders_are_found_across_a_crash_and_by_reports);
    tcase_add_test(terms, a_term_that_goes_back_is_found);
    tcase_add_test(terms, a_reported_term_that_goes_back_is_found);
    tcase_add_test(terms, results_of_overlapping_calls_may_be_older);
    tcase_add_test(terms, a_crash_may_lose_a_term_that_was_perhaps_not_saved);
    tcase_add_test(terms, a_term_that_was_led_outlives_a_crash);
    tcase_add_test(terms, indexes_of_a_leader_rise);
    tcase_add_test(terms, an_index_of_zero_is_found);
    tcase_add_test(terms, a_follower_may_return_any_index_and_term);
    suite_add_tcase(suite, terms);

    TCase *applied = tcase_create("applied entries");
    tcase_add_checked_fixture(applied, set_up, tear_down);
    tcase_add_test(applied, equal_logs_are_lawful_and_survive_crashes);
    tcase_add_test(applied, unequal_commands_are_found);
    tcase_add_test(applied, unequal_commands_of_one_server_are_found);
    tcase_add_test(applied, a_longer_command_of_the_same_value_is_unequal);
    tcase_add_test(applied, gaps_are_found);
    tcase_add_test(applied, a_log_that_does_not_begin_at_1_is_found);
    tcase_add_test(applied, repeats_are_found);
    tcase_add_test(applied, bytes_that_were_never_submitted_are_found);
    suite_add_tcase(suite, applied);
}

SUITE(tester_oracle)
{
    Suite *suite = suite_create("tester_oracle");
    add_cases(suite);

    TCase *snapshots = tcase_create("snapshots");
    tcase_add_checked_fixture(snapshots, set_up, tear_down);
    tcase_add_test(snapshots, snapshots_replace_the_committed_copy);
    tcase_add_test(snapshots, a_gap_after_a_snapshot_is_found);
    tcase_add_test(snapshots, a_snapshot_that_takes_the_service_back_is_found);
    tcase_add_test(snapshots, a_snapshot_of_another_index_is_found);
    tcase_add_test(snapshots, damaged_snapshots_are_found);
    suite_add_tcase(suite, snapshots);

    TCase *reports = tcase_create("lab_state");
    tcase_add_checked_fixture(reports, set_up, tear_down);
    tcase_add_test(reports, a_life_as_reported_is_lawful);
    tcase_add_test(reports, pre_vote_and_stepping_down_are_lawful);
    tcase_add_test(reports, a_commit_index_that_goes_back_is_found);
    tcase_add_test(reports, a_commit_index_beyond_the_log_is_found);
    tcase_add_test(reports, applying_beyond_the_commit_index_is_found);
    tcase_add_test(reports,
                   a_leader_that_becomes_candidate_in_its_term_is_found);
    tcase_add_test(reports, a_leader_without_a_committed_entry_is_found);
    tcase_add_test(reports, a_commit_that_is_reported_late_is_compared_too);
    tcase_add_test(reports, commits_of_later_terms_bind_no_earlier_leader);
    tcase_add_loop_test(reports, completeness_is_judged_as_by_exhaustive_search,
                        0, 100);
    suite_add_tcase(suite, reports);
    return suite;
}
