/* test_append.c - Figure 2, AppendEntries RPC: the receiver, step by step.
 * Layer: tests. */
#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

#define ENTRIES_MAX 8

/* A request with entries of these terms; command i is the byte i. */
struct request {
    uint64_t term, prev_index, prev_term, leader_commit;
    uint64_t entries[ENTRIES_MAX]; /* up to the first 0 */
};

static struct append_reply handle(struct raft *rf, struct request request)
{
    struct entry entries[ENTRIES_MAX];
    uint8_t commands[ENTRIES_MAX];
    struct append_args args = {
        .term = request.term,
        .leader_id = 1,
        .prev_log_index = request.prev_index,
        .prev_log_term = request.prev_term,
        .leader_commit = request.leader_commit,
        .entries = entries,
    };
    struct append_reply reply = {0};

    for (size_t i = 0; i < ENTRIES_MAX && request.entries[i]; i++) {
        commands[i] = (uint8_t)(request.prev_index + 1 + i);
        entries[i] =
            (struct entry){request.entries[i], bytes_of(&commands[i], 1)};
        args.entries_count++;
    }
    handle_append_request(rf, &args, &reply);
    ck_assert(!rf->unsaved);
    return reply;
}
#define append(rf, ...) handle((rf), (struct request){__VA_ARGS__})

/* Step 1. */
START_TEST(leader_of_an_older_term_is_refused)
{
    struct raft *rf = SERVER(3, 1, 4);
    rf->election_deadline_ns = 1;
    struct append_reply reply =
        append(rf, .term = 3, .prev_index = 2, .prev_term = 4, .entries = {3});
    ck_assert(!reply.success);
    ck_assert_uint_eq(reply.term, 4);
    CHECK_LOG(rf, 1, 4);
    /* Nor does it reset the election timer. */
    ck_assert_uint_eq(rf->election_deadline_ns, 1);
    server_end(rf);
}
END_TEST

/* Candidates rule 3; Followers rule 2. */
START_TEST(candidate_follows_the_leader_of_its_term)
{
    struct raft *rf = SERVER(3, 1);
    start_election(rf);
    rf->election_deadline_ns = 1;
    ck_assert(append(rf, .term = 2, .prev_index = 1, .prev_term = 1).success);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    ck_assert_int_eq(rf->voted_for,
                     0); /* still for itself: one vote per term */
    ck_assert_uint_gt(rf->election_deadline_ns, now_ns());
    server_end(rf);
}
END_TEST

START_TEST(newer_term_is_adopted_and_saved)
{
    struct raft *rf = SERVER(3, 1);
    make_leader(rf);
    ck_assert_uint_eq(
        append(rf, .term = 7, .prev_index = 9, .prev_term = 6).term, 7);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 7);
    server_end(rf);
}
END_TEST

/* Step 2, and what the reply says about the conflict (§5.3, last paragraphs).
 */
START_TEST(short_log_reports_where_it_ends)
{
    struct raft *rf = SERVER(3, 1, 1);
    struct append_reply reply =
        append(rf, .term = 2, .prev_index = 5, .prev_term = 2);
    ck_assert(!reply.success);
    ck_assert_uint_eq(reply.conflict_index, 3);
    ck_assert_uint_eq(reply.conflict_term, 0);
    CHECK_LOG(rf, 1, 1);
    server_end(rf);
}
END_TEST

START_TEST(conflict_names_the_term_and_its_first_entry)
{
    struct raft *rf = SERVER(3, 1, 2, 2, 2, 3);
    struct append_reply reply =
        append(rf, .term = 4, .prev_index = 4, .prev_term = 4);
    ck_assert(!reply.success);
    ck_assert_uint_eq(reply.conflict_index, 2);
    ck_assert_uint_eq(reply.conflict_term, 2);
    CHECK_LOG(rf, 1, 2, 2, 2, 3); /* a failed check changes nothing */
    server_end(rf);
}
END_TEST

START_TEST(conflict_index_is_never_inside_the_snapshot)
{
    struct raft *rf = SERVER(3, 1, 2, 2, 2, 3);
    log_compact(&rf->log, 2, 2);
    struct append_reply reply =
        append(rf, .term = 4, .prev_index = 4, .prev_term = 4);
    ck_assert_uint_eq(reply.conflict_index, 3);
    ck_assert_uint_eq(reply.conflict_term, 2);
    server_end(rf);
}
END_TEST

/* Step 3. */
START_TEST(conflicting_entry_and_all_that_follow_are_deleted)
{
    struct raft *rf = SERVER(3, 1, 2, 2, 2);
    ck_assert(append(rf, .term = 4, .prev_index = 1, .prev_term = 1,
                     .entries = {2, 4})
                  .success);
    CHECK_LOG(rf, 1, 2, 4);
    rf = restarted(rf);
    CHECK_LOG(rf, 1, 2, 4);
    server_end(rf);
}
END_TEST

/* Step 3: without a conflict nothing is deleted. Requests can be reordered. */
START_TEST(older_shorter_request_deletes_nothing)
{
    struct raft *rf = SERVER(3, 1);
    append(rf, .term = 2, .prev_index = 1, .prev_term = 1,
           .entries = {2, 2, 2});
    ck_assert(
        append(rf, .term = 2, .prev_index = 1, .prev_term = 1, .entries = {2})
            .success);
    CHECK_LOG(rf, 1, 2, 2, 2);
    ck_assert(append(rf, .term = 2, .prev_index = 1, .prev_term = 1).success);
    CHECK_LOG(rf, 1, 2, 2, 2);
    server_end(rf);
}
END_TEST

/* Step 4. */
START_TEST(missing_entries_are_appended_and_saved)
{
    struct raft *rf = SERVER(3, 1, 1);
    ck_assert(append(rf, .term = 2, .prev_index = 1, .prev_term = 1,
                     .entries = {1, 2, 2})
                  .success);
    CHECK_LOG(rf, 1, 1, 2, 2);
    rf = restarted(rf);
    CHECK_LOG(rf, 1, 1, 2, 2);
    ck_assert_uint_eq(log_command(&rf->log, 4).data[0], 4);
    server_end(rf);
}
END_TEST

START_TEST(known_entries_are_not_saved_again)
{
    struct raft *rf = SERVER(3, 1, 1);
    uint64_t saves = persister_saves(rf->persister);
    append(rf, .term = 1, .prev_index = 0, .entries = {1, 1});
    append(rf, .term = 1, .prev_index = 2, .prev_term = 1);
    ck_assert_uint_eq(persister_saves(rf->persister), saves);
    CHECK_LOG(rf, 1, 1);
    server_end(rf);
}
END_TEST

/* Step 5. */
START_TEST(commit_index_follows_the_leader)
{
    struct raft *rf = SERVER(3, 1, 1, 1);
    append(rf, .term = 1, .prev_index = 3, .prev_term = 1, .leader_commit = 2);
    ck_assert_uint_eq(rf->commit_index, 2);
    server_end(rf);
}
END_TEST

/* Step 5: a heartbeat that matches at index 1 says nothing about entries 2
 * and 3, whatever leader_commit claims. */
START_TEST(heartbeat_commits_only_the_checked_prefix)
{
    struct raft *rf = SERVER(3, 1, 1, 1);
    append(rf, .term = 2, .prev_index = 1, .prev_term = 1, .leader_commit = 3);
    ck_assert_uint_eq(rf->commit_index, 1);
    server_end(rf);
}
END_TEST

START_TEST(late_request_does_not_move_commit_back)
{
    struct raft *rf = SERVER(3, 1, 1, 1);
    append(rf, .term = 1, .prev_index = 3, .prev_term = 1, .leader_commit = 3);
    append(rf, .term = 1, .prev_index = 1, .prev_term = 1, .leader_commit = 3);
    append(rf, .term = 1, .prev_index = 3, .prev_term = 1, .leader_commit = 1);
    ck_assert_uint_eq(rf->commit_index, 3);
    server_end(rf);
}
END_TEST

/* §7: the snapshot covers committed entries, on which all logs agree. */
START_TEST(entries_covered_by_the_snapshot_are_skipped)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 1);
    commit_up_to(rf, 3);
    log_compact(&rf->log, 3, 1);
    ck_assert(append(rf, .term = 2, .prev_index = 1, .prev_term = 1,
                     .entries = {1, 1, 2})
                  .success);
    ck_assert_uint_eq(rf->log.last_included_index, 3);
    CHECK_LOG(rf, 2);
    ck_assert(
        append(rf, .term = 2, .prev_index = 0, .entries = {1, 1}).success);
    CHECK_LOG(rf, 2);
    server_end(rf);
}
END_TEST

SUITE(raft_append)
{
    Suite *suite = suite_create("raft_append");
    TCase *tc = tcase_create("AppendEntries");

    tcase_set_tags(tc, "2B");
    tcase_add_test(tc, leader_of_an_older_term_is_refused);
    tcase_add_test(tc, candidate_follows_the_leader_of_its_term);
    tcase_add_test(tc, newer_term_is_adopted_and_saved);
    tcase_add_test(tc, short_log_reports_where_it_ends);
    tcase_add_test(tc, conflict_names_the_term_and_its_first_entry);
    tcase_add_test(tc, conflict_index_is_never_inside_the_snapshot);
    tcase_add_test(tc, conflicting_entry_and_all_that_follow_are_deleted);
    tcase_add_test(tc, older_shorter_request_deletes_nothing);
    tcase_add_test(tc, missing_entries_are_appended_and_saved);
    tcase_add_test(tc, known_entries_are_not_saved_again);
    tcase_add_test(tc, commit_index_follows_the_leader);
    tcase_add_test(tc, heartbeat_commits_only_the_checked_prefix);
    tcase_add_test(tc, late_request_does_not_move_commit_back);
    tcase_add_test(tc, entries_covered_by_the_snapshot_are_skipped);
    suite_add_tcase(suite, tc);
    return suite;
}
