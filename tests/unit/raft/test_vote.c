/* test_vote.c - Figure 2, RequestVote RPC: the receiver, step by step.
 * Layer: tests. */
#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

/* vote(rf, .term = 2, .candidate_id = 1, .last_log_index = 3, ...) */
static struct vote_reply handle(struct raft *rf, struct vote_args args)
{
    struct vote_reply reply = {0};
    handle_vote_request(rf, &args, &reply);
    ck_assert(!rf->unsaved);
    return reply;
}
#define vote(rf, ...) handle((rf), (struct vote_args){__VA_ARGS__})

/* Step 1. */
START_TEST(candidate_of_an_older_term_gets_no_vote)
{
    struct raft *rf = SERVER(3, 1, 5);
    struct vote_reply reply = vote(rf, .term = 4, .candidate_id = 1,
                                   .last_log_index = 9, .last_log_term = 9);
    ck_assert(!reply.vote_granted);
    ck_assert_uint_eq(reply.term, 5);
    ck_assert_int_eq(rf->voted_for, NOBODY);
    server_end(rf);
}
END_TEST

/* All Servers rule 2: adopt the term even if the vote is refused. */
START_TEST(newer_term_is_adopted_by_a_leader_too)
{
    struct raft *rf = SERVER(3, 1, 5);
    make_leader(rf);
    struct vote_reply reply = vote(rf, .term = 9, .candidate_id = 1);
    ck_assert(!reply.vote_granted);
    ck_assert_uint_eq(reply.term, 9);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 9);
    server_end(rf);
}
END_TEST

/* Step 2 and §5.2: first-come-first-served. */
START_TEST(one_vote_per_term)
{
    struct raft *rf = EMPTY_SERVER(5);
    ck_assert(vote(rf, .term = 1, .candidate_id = 2).vote_granted);
    ck_assert(!vote(rf, .term = 1, .candidate_id = 3).vote_granted);
    ck_assert(vote(rf, .term = 1, .candidate_id = 2).vote_granted);
    ck_assert(vote(rf, .term = 2, .candidate_id = 3).vote_granted);
    server_end(rf);
}
END_TEST

START_TEST(candidate_votes_for_itself_only)
{
    struct raft *rf = EMPTY_SERVER(5);
    start_election(rf);
    ck_assert(!vote(rf, .term = 1, .candidate_id = 3).vote_granted);
    ck_assert_int_eq(rf->role, LAB_CANDIDATE);
    server_end(rf);
}
END_TEST

START_TEST(vote_survives_a_crash)
{
    struct raft *rf = EMPTY_SERVER(5);
    ck_assert(vote(rf, .term = 1, .candidate_id = 2).vote_granted);
    rf = restarted(rf);
    ck_assert(!vote(rf, .term = 1, .candidate_id = 3).vote_granted);
    ck_assert(vote(rf, .term = 1, .candidate_id = 2).vote_granted);
    server_end(rf);
}
END_TEST

/* §5.4.1: compare the terms of the last entries first, then the lengths. */
static const struct {
    uint64_t last_log_index, last_log_term;
    bool vote_granted;
} logs[] = {
    {3, 4, true},  /* equal */
    {4, 4, true},  /* longer */
    {2, 4, false}, /* shorter */
    {1, 5, true},  /* shorter, but ends with a newer term */
    {9, 3, false}, /* longer, but ends with an older term */
    {0, 0, false}, /* empty */
};

START_TEST(vote_goes_to_a_log_at_least_as_up_to_date)
{
    struct raft *rf = SERVER(3, 1, 2, 4);
    struct vote_reply reply = vote(rf, .term = 6, .candidate_id = 1,
                                   .last_log_index = logs[_i].last_log_index,
                                   .last_log_term = logs[_i].last_log_term);
    ck_assert_int_eq(reply.vote_granted, logs[_i].vote_granted);
    server_end(rf);
}
END_TEST

/* §7: the log ends with the last included entry then. */
START_TEST(vote_compares_with_the_snapshot_if_nothing_follows_it)
{
    struct raft *rf = SERVER(3, 1, 2, 4);
    log_compact(&rf->log, 3, 4);
    ck_assert(!vote(rf, .term = 6, .candidate_id = 1, .last_log_index = 2,
                    .last_log_term = 4)
                   .vote_granted);
    ck_assert(vote(rf, .term = 6, .candidate_id = 2, .last_log_index = 3,
                   .last_log_term = 4)
                  .vote_granted);
    server_end(rf);
}
END_TEST

/* Followers rule 2: only granting a vote resets the timer. Otherwise a
 * candidate that cannot win would keep this server from starting an election.
 */
START_TEST(only_a_granted_vote_resets_the_election_timer)
{
    struct raft *rf = SERVER(3, 1, 2, 4);
    rf->election_deadline_ns = 1;
    vote(rf, .term = 6, .candidate_id = 1);
    ck_assert_uint_eq(rf->election_deadline_ns, 1);
    vote(rf, .term = 6, .candidate_id = 2, .last_log_index = 3,
         .last_log_term = 4);
    uint64_t wait_ns = rf->election_deadline_ns - now_ns();
    ck_assert_uint_gt(wait_ns, (ELECTION_MS_MIN - 100) * NS_PER_MS);
    ck_assert_uint_le(wait_ns, ELECTION_MS_MAX * NS_PER_MS);
    server_end(rf);
}
END_TEST

SUITE(raft_vote)
{
    Suite *suite = suite_create("raft_vote");
    TCase *tc = tcase_create("RequestVote");

    tcase_set_tags(tc, "2A");
    tcase_add_test(tc, candidate_of_an_older_term_gets_no_vote);
    tcase_add_test(tc, newer_term_is_adopted_by_a_leader_too);
    tcase_add_test(tc, one_vote_per_term);
    tcase_add_test(tc, candidate_votes_for_itself_only);
    tcase_add_test(tc, vote_survives_a_crash);
    tcase_add_loop_test(tc, vote_goes_to_a_log_at_least_as_up_to_date, 0,
                        sizeof(logs) / sizeof(logs[0]));
    tcase_add_test(tc, vote_compares_with_the_snapshot_if_nothing_follows_it);
    tcase_add_test(tc, only_a_granted_vote_resets_the_election_timer);
    suite_add_tcase(suite, tc);
    return suite;
}
