/* test_replicate.c - Figure 2, Leaders: replies, backing up, commitment.
 * Layer: tests. */
#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

/* Handle a follower's reply to the request with this prev_log_index and
 * number of entries, of the current term. */
static void succeed(struct raft *rf, int server, uint64_t prev_index,
                    size_t entries)
{
    struct append_args args = {.term = rf->current_term,
                               .prev_log_index = prev_index,
                               .entries_count = entries};
    struct append_reply reply = {.term = rf->current_term, .success = true};
    handle_append_reply(rf, &rf->peers[server], &args, &reply);
}

static void mismatch(struct raft *rf, int server, uint64_t prev_index,
                     uint64_t conflict_index, uint64_t conflict_term)
{
    struct append_args args = {.term = rf->current_term,
                               .prev_log_index = prev_index};
    struct append_reply reply = {.term = rf->current_term,
                                 .conflict_index = conflict_index,
                                 .conflict_term = conflict_term};
    handle_append_reply(rf, &rf->peers[server], &args, &reply);
}

/* ---- Leaders rule 3 -----------------------------------------------------*/

START_TEST(success_updates_match_and_next_index)
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

START_TEST(late_success_decreases_nothing)
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

START_TEST(replies_to_requests_of_an_earlier_term_are_ignored)
{
    struct raft *rf = SERVER(3, 1, 1);
    make_leader(rf);
    struct append_args args = {.term = rf->current_term, .prev_log_index = 2};
    struct append_reply reply = {.term = rf->current_term, .success = true};
    become_follower(rf, 5);
    make_leader(rf);
    handle_append_reply(rf, &rf->peers[1], &args, &reply);
    ck_assert_uint_eq(rf->peers[1].match_index, 0);
    reply = (struct append_reply){.term = args.term, .conflict_index = 1};
    handle_append_reply(rf, &rf->peers[1], &args, &reply);
    ck_assert_uint_eq(rf->peers[1].next_index, 3);
    server_end(rf);
}
END_TEST

START_TEST(newer_term_in_a_reply_ends_the_leadership)
{
    struct raft *rf = SERVER(3, 1);
    make_leader(rf);
    struct append_args args = {.term = rf->current_term, .prev_log_index = 1};
    struct append_reply reply = {.term = 9};
    handle_append_reply(rf, &rf->peers[1], &args, &reply);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    /* It starts a new timer: the old one elapsed long ago. */
    ck_assert_uint_gt(rf->election_deadline_ns, now_ns());
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 9);
    server_end(rf);
}
END_TEST

/* ---- §5.3: backing up, a term at a time ---------------------------------*/

START_TEST(leader_backs_up_to_the_end_of_a_short_log)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2);
    make_leader(rf);
    mismatch(rf, 1, 4, 2, 0);
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    server_end(rf);
}
END_TEST

START_TEST(leader_backs_up_to_its_last_entry_of_the_term)
{
    struct raft *rf = SERVER(3, 1, 2, 2, 4, 4, 4);
    make_leader(rf);
    mismatch(rf, 1, 6, 2, 2); /* the follower has 1 2 2 2 2 2 */
    ck_assert_uint_eq(rf->peers[1].next_index, 4);
    server_end(rf);
}
END_TEST

START_TEST(leader_skips_a_term_that_it_does_not_have)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 4, 4, 4);
    make_leader(rf);
    mismatch(rf, 1, 6, 3, 2); /* the follower has 1 1 2 2 2 2 */
    ck_assert_uint_eq(rf->peers[1].next_index, 3);
    server_end(rf);
}
END_TEST

START_TEST(leader_skips_its_own_newer_terms_at_the_same_time)
{
    struct raft *rf = SERVER(3, 1, 3, 3, 4, 4, 4);
    make_leader(rf);
    mismatch(rf, 1, 6, 5, 2); /* the follower has 1 1 1 1 2 2 */
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    server_end(rf);
}
END_TEST

/* The follower's entry has a newer term than ours at the same index; our
 * entries of that term, at higher indexes, do not help. */
START_TEST(back_up_never_goes_forward)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2, 2);
    make_leader(rf);
    mismatch(rf, 1, 5, 4, 0);
    ck_assert_uint_eq(rf->peers[1].next_index, 4);
    mismatch(rf, 1, 3, 2, 2);
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    server_end(rf);
}
END_TEST

START_TEST(failure_for_an_earlier_next_index_changes_nothing)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2);
    make_leader(rf);
    mismatch(rf, 1, 4, 3, 0);
    mismatch(rf, 1, 4, 1, 0);
    ck_assert_uint_eq(rf->peers[1].next_index, 3);
    server_end(rf);
}
END_TEST

/* Two failures for the same request; before the second arrives, the first has
 * led to a success, and next_index is back at the end of the log. */
START_TEST(failure_that_arrives_after_the_success_changes_nothing)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 2);
    make_leader(rf);
    mismatch(rf, 1, 4, 3, 0);
    succeed(rf, 1, 2, 2);
    mismatch(rf, 1, 4, 3, 0);
    ck_assert_uint_eq(rf->peers[1].match_index, 4);
    ck_assert_uint_eq(rf->peers[1].next_index, 5);
    server_end(rf);
}
END_TEST

/* The leader then sends the snapshot. */
START_TEST(back_up_can_end_in_the_snapshot)
{
    struct raft *rf = SERVER(3, 1, 1, 3, 3);
    log_compact(&rf->log, 3, 3);
    make_leader(rf);
    mismatch(rf, 1, 4, 2, 2);
    ck_assert_uint_eq(rf->peers[1].next_index, 2);
    ck_assert_uint_le(rf->peers[1].next_index, rf->log.last_included_index);
    server_end(rf);
}
END_TEST

/* ---- When a request is due ----------------------------------------------*/

/* Entries leave at once; a new commit_index waits a little for an entry. */
START_TEST(entries_and_a_new_commit_index_are_due)
{
    struct raft *rf = SERVER(3, 1);
    make_leader(rf);
    struct peer *peer = &rf->peers[1];
    ck_assert(!has_unsent_entries(rf, peer));
    add_entry(rf);
    ck_assert(has_unsent_entries(rf, peer));
    ck_assert_uint_eq(commit_notify_ns(rf, peer), FOREVER_NS);
    uint64_t before = now_ns();
    succeed(rf, 1, 1, 1); /* a majority of three: committed */
    ck_assert_uint_eq(rf->commit_index, 2);
    ck_assert_uint_ge(commit_notify_ns(rf, peer), before + 5 * NS_PER_MS);
    ck_assert_uint_le(commit_notify_ns(rf, peer), now_ns() + 5 * NS_PER_MS);
    uint64_t first = commit_notify_ns(rf, peer);
    add_entry(rf);
    succeed(rf, 1, 1, 2); /* commit_index rises again: due no later */
    ck_assert_uint_eq(rf->commit_index, 3);
    ck_assert_uint_eq(commit_notify_ns(rf, peer), first);
    peer->commit_sent = 3;
    ck_assert_uint_eq(commit_notify_ns(rf, peer), FOREVER_NS);
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

/* §5.4.2. Figure 8 (c): entry 2 of an older term is on a majority, but not
 * committed. (e): the first entry of the current term commits both. */
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

SUITE(raft_replicate)
{
    Suite *suite = suite_create("raft_replicate");
    TCase *tc = tcase_create("leaders");

    tcase_set_tags(tc, "2B");
    tcase_add_test(tc, success_updates_match_and_next_index);
    tcase_add_test(tc, late_success_decreases_nothing);
    tcase_add_test(tc, replies_to_requests_of_an_earlier_term_are_ignored);
    tcase_add_test(tc, newer_term_in_a_reply_ends_the_leadership);
    tcase_add_test(tc, leader_backs_up_to_the_end_of_a_short_log);
    tcase_add_test(tc, leader_backs_up_to_its_last_entry_of_the_term);
    tcase_add_test(tc, leader_skips_a_term_that_it_does_not_have);
    tcase_add_test(tc, leader_skips_its_own_newer_terms_at_the_same_time);
    tcase_add_test(tc, back_up_never_goes_forward);
    tcase_add_test(tc, failure_for_an_earlier_next_index_changes_nothing);
    tcase_add_test(tc, failure_that_arrives_after_the_success_changes_nothing);
    tcase_add_test(tc, back_up_can_end_in_the_snapshot);
    tcase_add_test(tc, entries_and_a_new_commit_index_are_due);
    tcase_add_test(tc, majority_commits);
    tcase_add_test(tc, half_of_an_even_cluster_is_no_majority);
    tcase_add_test(tc, older_entries_are_committed_by_a_newer_one_only);
    suite_add_tcase(suite, tc);
    return suite;
}
