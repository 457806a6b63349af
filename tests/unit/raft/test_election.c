/* test_election.c - Figure 2, Candidates: starting and winning elections.
 * Layer: tests. */
#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

/* Handle the reply of a server to RequestVote of args_term. */
static void reply_of(struct raft *rf, int server, uint64_t args_term,
                     uint64_t reply_term, bool granted)
{
    struct vote_args args = {.term = args_term};
    struct vote_reply reply = {.term = reply_term, .vote_granted = granted};
    handle_vote_reply(rf, &rf->peers[server], &args, &reply);
    ck_assert(!rf->unsaved);
}

/* Candidates rule 1. */
START_TEST(candidate_enters_the_next_term_with_its_own_vote)
{
    struct raft *rf = SERVER(3, 1, 4);
    start_election(rf);
    ck_assert_uint_eq(rf->current_term, 5);
    ck_assert_int_eq(rf->role, LAB_CANDIDATE);
    ck_assert_uint_gt(rf->election_deadline_ns, now_ns());
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 5);
    ck_assert_int_eq(rf->voted_for, 0);
    server_end(rf);
}
END_TEST

/* Candidates rule 2: more than half of all servers, its own vote included. */
START_TEST(majority_makes_a_leader)
{
    int servers = 1 + _i;
    struct raft *rf = EMPTY_SERVER(servers);
    start_election(rf);
    for (int votes = 1; votes < servers; votes++) {
        bool enough = 2 * votes > servers;
        ck_assert_int_eq(rf->role, enough ? LAB_LEADER : LAB_CANDIDATE);
        reply_of(rf, votes, 1, 1, true);
    }
    ck_assert_int_eq(rf->role, LAB_LEADER);
    server_end(rf);
}
END_TEST

START_TEST(voter_counts_once_however_often_it_replies)
{
    struct raft *rf = EMPTY_SERVER(5);
    start_election(rf);
    reply_of(rf, 3, 1, 1, true);
    reply_of(rf, 3, 1, 1, true);
    ck_assert_int_eq(rf->role, LAB_CANDIDATE);
    reply_of(rf, 4, 1, 1, false);
    ck_assert_int_eq(rf->role, LAB_CANDIDATE);
    reply_of(rf, 1, 1, 1, true);
    ck_assert_int_eq(rf->role, LAB_LEADER);
    server_end(rf);
}
END_TEST

START_TEST(votes_of_an_earlier_term_do_not_count)
{
    struct raft *rf = EMPTY_SERVER(3);
    start_election(rf);
    start_election(rf); /* Candidates rule 4 */
    ck_assert_uint_eq(rf->current_term, 2);
    reply_of(rf, 1, 1, 1, true);
    ck_assert_int_eq(rf->role, LAB_CANDIDATE);
    server_end(rf);
}
END_TEST

START_TEST(new_election_begins_without_votes)
{
    struct raft *rf = EMPTY_SERVER(5);
    start_election(rf);
    reply_of(rf, 1, 1, 1, true);
    start_election(rf);
    reply_of(rf, 2, 2, 2, true);
    ck_assert_int_eq(rf->role, LAB_CANDIDATE);
    server_end(rf);
}
END_TEST

/* All Servers rule 2. */
START_TEST(newer_term_in_a_reply_ends_the_candidacy)
{
    struct raft *rf = EMPTY_SERVER(3);
    start_election(rf);
    reply_of(rf, 1, 1, 8, false);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    reply_of(rf, 2, 1, 1, true);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 8);
    ck_assert_int_eq(rf->voted_for, NOBODY);
    server_end(rf);
}
END_TEST

/* Figure 2, volatile state on leaders: reinitialized after election. */
START_TEST(leader_begins_without_knowledge_of_the_others)
{
    struct raft *rf = SERVER(3, 1, 1, 2);
    make_leader(rf);
    rf->peers[1].match_index = 3;
    rf->peers[1].next_index = 4;
    become_follower(rf, 8);
    log_truncate_after(&rf->log, 1);
    make_leader(rf);
    for (int i = 1; i < 3; i++) {
        ck_assert_uint_eq(rf->peers[i].next_index, 2);
        ck_assert_uint_eq(rf->peers[i].match_index, 0);
    }
    server_end(rf);
}
END_TEST

/* §5.2: randomized, drawn anew each time. */
START_TEST(election_timeouts_differ)
{
    struct raft *rf = EMPTY_SERVER(3);
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t now = now_ns();
        reset_election_timer(rf);
        uint64_t wait_ms = (rf->election_deadline_ns - now) / NS_PER_MS;
        least = wait_ms < least ? wait_ms : least;
        most = wait_ms > most ? wait_ms : most;
    }
    ck_assert_uint_ge(least, ELECTION_MS_MIN);
    ck_assert_uint_gt(most, least + (ELECTION_MS_MAX - ELECTION_MS_MIN) / 2);
    server_end(rf);
}
END_TEST

SUITE(raft_election)
{
    Suite *suite = suite_create("raft_election");
    TCase *tc = tcase_create("candidates");

    tcase_set_tags(tc, "2A");
    tcase_add_test(tc, candidate_enters_the_next_term_with_its_own_vote);
    tcase_add_loop_test(tc, majority_makes_a_leader, 0, SERVERS_MAX);
    tcase_add_test(tc, voter_counts_once_however_often_it_replies);
    tcase_add_test(tc, votes_of_an_earlier_term_do_not_count);
    tcase_add_test(tc, new_election_begins_without_votes);
    tcase_add_test(tc, newer_term_in_a_reply_ends_the_candidacy);
    tcase_add_test(tc, leader_begins_without_knowledge_of_the_others);
    tcase_add_test(tc, election_timeouts_differ);
    suite_add_tcase(suite, tc);
    return suite;
}
