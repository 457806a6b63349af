/* test_replicate.c - Figure 2, Leaders: answers, back-up, commitment.
 * Layer: tests. */
#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

/* A follower's answer to the request with this prev_log_index and so many
 * entries, of the present term. */
static void succeed(struct raft *rf, int server, uint64_t prev_index,
                    size_t entries)
{
    struct append_args args = {.term = rf->current_term,
                               .prev_log_index = prev_index,
                               .entries_count = entries};
    struct append_reply reply = {.term = rf->current_term, .success = true};
    take_append_reply(rf, &rf->peers[server], &args, &reply);
}

static void refuse(struct raft *rf, int server, uint64_t prev_index,
                   uint64_t conflict_index, uint64_t conflict_term)
{
    struct append_args args = {.term = rf->current_term,
                               .prev_log_index = prev_index};
    struct append_reply reply = {.term = rf->current_term,
                                 .conflict_index = conflict_index,
                                 .conflict_term = conflict_term};
    take_append_reply(rf, &rf->peers[server], &args, &reply);
}

/* ---- Leaders rule 3 -----------------------------------------------------*/

START_TEST(success_tells_what_is_replicated)
{
    struct raft *rf = SERVER(5, 1, 1);
    make_leader(rf);
    succeed(rf, 1, 1, 1);
    ck_assert_uint_eq(rf->peers[1].match_index, 2);
    ck_assert_uint_eq(rf->peers[1].next_index, 3);
    ck_assert_uint_eq(rf->peers[2].match_index, 0);
    server_end(rf);
}
END_TEST

START_TEST(late_success_takes_nothing_back)
{
    struct raft *rf = SERVER(5, 1, 1, 1);
    make_leader(rf);
    succeed(rf, 1, 0, 3);
    succeed(rf, 1, 0, 1);
    ck_assert_uint_eq(rf->peers[1].match_index, 3);
    ck_assert_uint_eq(rf->peers[1].next_index, 4);
    server_end(rf);
}
END_TEST

START_TEST(answers_to_an_earlier_leadership_are_void)
{
    struct raft *rf = SERVER(3, 1, 1);
    make_leader(rf);
    struct append_args args = {.term = rf->current_term, .prev_log_index = 2};
    struct append_reply reply = {.term = rf->current_term, .success = true};
    become_follower(rf, 5);
    make_leader(rf);
    take_append_reply(rf, &rf->peers[1], &args, &reply);
    ck_assert_uint_eq(rf->peers[1].match_index, 0);
    reply = (struct append_reply){.term = args.term, .conflict_index = 1};
    take_append_reply(rf, &rf->peers[1], &args, &reply);
    ck_assert_uint_eq(rf->peers[1].next_index, 3);
    server_end(rf);
}
END_TEST

START_TEST(newer_term_in_an_answer_ends_the_leadership)
{
    struct raft *rf = SERVER(3, 1);
    make_leader(rf);
    struct append_args args = {.term = rf->current_term, .prev_log_index = 1};
    struct append_reply reply = {.term = 9};
    take_append_reply(rf, &rf->peers[1], &args, &reply);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    /* And it waits before it stands again: its old timer is long over. */
    ck_assert_uint_gt(rf->election_deadline_ns, now_ns());
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 9);
    server_end(rf);
}
END_TEST

/* ---- §5.3: back-up, a term at a time ------------------------------------*/

START_TEST(leader_goes_back_to_the_end_of_a_short_log)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2);
    make_leader(rf);
    refuse(rf, 1, 4, 2, 0);
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    server_end(rf);
}
END_TEST

START_TEST(leader_goes_back_to_its_last_entry_of_the_term)
{
    struct raft *rf = SERVER(3, 1, 2, 2, 4, 4, 4);
    make_leader(rf);
    refuse(rf, 1, 6, 2, 2); /* the follower has 1 2 2 2 2 2 */
    ck_assert_uint_eq(rf->peers[1].next_index, 4);
    server_end(rf);
}
END_TEST

START_TEST(leader_passes_over_a_term_that_it_has_not)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 4, 4, 4);
    make_leader(rf);
    refuse(rf, 1, 6, 3, 2); /* the follower has 1 1 2 2 2 2 */
    ck_assert_uint_eq(rf->peers[1].next_index, 3);
    server_end(rf);
}
END_TEST

START_TEST(leader_passes_over_its_own_newer_terms_at_the_same_time)
{
    struct raft *rf = SERVER(3, 1, 3, 3, 4, 4, 4);
    make_leader(rf);
    refuse(rf, 1, 6, 5, 2); /* the follower has 1 1 1 1 2 2 */
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    server_end(rf);
}
END_TEST

/* The follower's entry is of a newer term than ours at this place; ours of
 * that term, further on, are of no use. */
START_TEST(back_up_never_goes_forward)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2, 2);
    make_leader(rf);
    refuse(rf, 1, 5, 4, 0);
    ck_assert_uint_eq(rf->peers[1].next_index, 4);
    refuse(rf, 1, 3, 2, 2);
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    server_end(rf);
}
END_TEST

START_TEST(refusal_of_a_place_already_left_changes_nothing)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2);
    make_leader(rf);
    refuse(rf, 1, 4, 3, 0);
    refuse(rf, 1, 4, 1, 0);
    ck_assert_uint_eq(rf->peers[1].next_index, 3);
    server_end(rf);
}
END_TEST

/* The same request was refused twice; before the second refusal arrives, the
 * first has led to a success, and the search is back at the end of the log. */
START_TEST(refusal_that_comes_after_the_success_changes_nothing)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2);
    make_leader(rf);
    refuse(rf, 1, 4, 3, 0);
    succeed(rf, 1, 2, 2);
    refuse(rf, 1, 4, 3, 0);
    ck_assert_uint_eq(rf->peers[1].match_index, 4);
    ck_assert_uint_eq(rf->peers[1].next_index, 5);
    server_end(rf);
}
END_TEST

/* From there on it is the snapshot that has to be sent. */
START_TEST(back_up_can_end_in_the_snapshot)
{
    struct raft *rf = SERVER(3, 1, 1, 3, 3);
    log_compact(&rf->log, 3, 3);
    make_leader(rf);
    refuse(rf, 1, 4, 2, 2);
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    ck_assert_uint_le(rf->peers[1].next_index, rf->log.last_included_index);
    server_end(rf);
}
END_TEST

/* ---- What there is to say -----------------------------------------------*/

/* Entries go at once; that something is committed waits a little for one. */
START_TEST(entries_and_commitment_are_news)
{
    struct raft *rf = SERVER(3, 1);
    make_leader(rf);
    struct peer *peer = &rf->peers[1];
    ck_assert(!has_entries(rf, peer));
    add_entry(rf);
    ck_assert(has_entries(rf, peer));
    ck_assert_uint_eq(commit_news_ns(rf, peer), FOREVER_NS);
    uint64_t before = now_ns();
    succeed(rf, 1, 1, 1); /* a majority of three: committed */
    ck_assert_uint_eq(rf->commit_index, 2);
    ck_assert_uint_ge(commit_news_ns(rf, peer), before + 5 * NS_PER_MS);
    ck_assert_uint_le(commit_news_ns(rf, peer), now_ns() + 5 * NS_PER_MS);
    uint64_t first = commit_news_ns(rf, peer);
    add_entry(rf);
    succeed(rf, 1, 1, 2); /* more of it: due no later */
    ck_assert_uint_eq(rf->commit_index, 3);
    ck_assert_uint_eq(commit_news_ns(rf, peer), first);
    peer->commit_sent = 3;
    ck_assert_uint_eq(commit_news_ns(rf, peer), FOREVER_NS);
    server_end(rf);
}
END_TEST

/* ---- Leaders rule 4 -----------------------------------------------------*/

START_TEST(majority_commits)
{
    struct raft *rf = EMPTY_SERVER(5);
    make_leader(rf);
    add_entry(rf);
    add_entry(rf);
    succeed(rf, 1, 0, 2);
    ck_assert_uint_eq(rf->commit_index, 0); /* two of five */
    succeed(rf, 2, 0, 1);
    ck_assert_uint_eq(rf->commit_index, 1);
    succeed(rf, 3, 0, 2);
    ck_assert_uint_eq(rf->commit_index, 2);
    server_end(rf);
}
END_TEST

START_TEST(half_of_an_even_cluster_is_no_majority)
{
    struct raft *rf = EMPTY_SERVER(4);
    make_leader(rf);
    add_entry(rf);
    succeed(rf, 1, 0, 1);
    ck_assert_uint_eq(rf->commit_index, 0);
    succeed(rf, 3, 0, 1);
    ck_assert_uint_eq(rf->commit_index, 1);
    server_end(rf);
}
END_TEST

/* §5.4.2, Figure 8 (c): entry 2 of an older term is on a majority, but is
 * not committed by that; it is with the first entry of the own term (e). */
START_TEST(older_entries_are_committed_by_a_newer_one_only)
{
    struct raft *rf = SERVER(5, 1, 2);
    rf->current_term = 3;
    make_leader(rf);
    succeed(rf, 1, 0, 2);
    succeed(rf, 2, 0, 2);
    ck_assert_uint_eq(rf->commit_index, 0);
    add_entry(rf);
    succeed(rf, 1, 2, 1);
    ck_assert_uint_eq(rf->commit_index, 0);
    succeed(rf, 2, 2, 1);
    ck_assert_uint_eq(rf->commit_index, 3);
    server_end(rf);
}
END_TEST

Suite *suite_raft_replicate(void)
{
    Suite *suite = suite_create("raft_replicate");
    TCase *tc = tcase_create("leaders");

    tcase_set_tags(tc, "2B");
    tcase_add_test(tc, success_tells_what_is_replicated);
    tcase_add_test(tc, late_success_takes_nothing_back);
    tcase_add_test(tc, answers_to_an_earlier_leadership_are_void);
    tcase_add_test(tc, newer_term_in_an_answer_ends_the_leadership);
    tcase_add_test(tc, leader_goes_back_to_the_end_of_a_short_log);
    tcase_add_test(tc, leader_goes_back_to_its_last_entry_of_the_term);
    tcase_add_test(tc, leader_passes_over_a_term_that_it_has_not);
    tcase_add_test(tc, leader_passes_over_its_own_newer_terms_at_the_same_time);
    tcase_add_test(tc, back_up_never_goes_forward);
    tcase_add_test(tc, refusal_of_a_place_already_left_changes_nothing);
    tcase_add_test(tc, refusal_that_comes_after_the_success_changes_nothing);
    tcase_add_test(tc, back_up_can_end_in_the_snapshot);
    tcase_add_test(tc, entries_and_commitment_are_news);
    tcase_add_test(tc, majority_commits);
    tcase_add_test(tc, half_of_an_even_cluster_is_no_majority);
    tcase_add_test(tc, older_entries_are_committed_by_a_newer_one_only);
    suite_add_tcase(suite, tc);
    return suite;
}
