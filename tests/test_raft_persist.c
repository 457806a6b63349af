/* test_raft_persist.c - what survives a crash, and its form.
 * Layer: tests. */
#include "tests/raft_fixture.h"
#include "tests/suites.h"

/* Nothing saved: term 0, and a vote for nobody, not for server 0. */
START_TEST(fresh_server_has_voted_for_nobody)
{
    struct raft *rf = server_on(persister_new(), 3);
    ck_assert_uint_eq(rf->current_term, 0);
    ck_assert_int_eq(rf->voted_for, NOBODY);
    ck_assert_uint_eq(log_last_index(&rf->log), 0);
    server_end(rf);
}
END_TEST

START_TEST(term_vote_and_log_survive)
{
    struct raft *rf = SERVER(3, 1, 1, 4);
    rf->current_term = 7;
    rf->voted_for = 0;
    rf->unsaved = true;
    persist(rf);
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 7);
    ck_assert_int_eq(rf->voted_for, 0);
    CHECK_LOG(rf, 1, 1, 4);
    ck_assert_uint_eq(log_command(&rf->log, 3).data[0], 3);
    /* Figure 2: these are volatile. */
    ck_assert_uint_eq(rf->commit_index, 0);
    ck_assert_uint_eq(rf->last_applied, 0);
    ck_assert_int_eq(rf->role, LAB_FOLLOWER);
    server_end(rf);
}
END_TEST

/* The service restores itself from the snapshot, so what it covers counts as
 * applied. */
START_TEST(snapshot_and_the_rest_of_the_log_survive)
{
    struct raft *rf = SERVER(3, 1, 2, 2, 3);
    log_compact(&rf->log, 2, 2);
    persist_with_snapshot(rf, bytes_of_text("snapshot"));
    rf = restarted(rf);
    ck_assert_uint_eq(rf->log.last_included_index, 2);
    ck_assert_uint_eq(rf->log.last_included_term, 2);
    CHECK_LOG(rf, 2, 3);
    ck_assert_uint_eq(rf->commit_index, 2);
    ck_assert_uint_eq(rf->last_applied, 2);
    struct bytes snapshot = persister_snapshot(rf->persister);
    ck_assert(bytes_equal(snapshot, bytes_of_text("snapshot")));
    bytes_free(&snapshot);
    server_end(rf);
}
END_TEST

/* The pieces put together are the wire form of the whole. */
START_TEST(saved_bytes_are_the_wire_form_of_struct_saved)
{
    struct raft *rf = SERVER(3, 1, 200, 200, 70000);
    log_compact(&rf->log, 1, 1);
    rf->voted_for = 2;
    rf->unsaved = true;
    persist(rf);
    uint8_t commands[] = {2, 3, 4};
    struct entry entries[] = {{200, bytes_of(&commands[0], 1)},
                              {200, bytes_of(&commands[1], 1)},
                              {70000, bytes_of(&commands[2], 1)}};
    struct saved saved = {70000, 2, 1, 1, entries, 3};
    struct bytes whole = PACK(saved, &saved);
    struct bytes state = persister_state(rf->persister);
    ck_assert(bytes_equal(state, whole));
    bytes_free(&state);
    bytes_free(&whole);
    server_end(rf);
}
END_TEST

START_TEST(nothing_new_is_not_saved_again)
{
    struct raft *rf = SERVER(3, 1);
    uint64_t saves = persister_saves(rf->persister);
    persist(rf);
    ck_assert_uint_eq(persister_saves(rf->persister), saves);
    become_follower(rf, 2);
    persist(rf);
    ck_assert_uint_eq(persister_saves(rf->persister), saves + 1);
    server_end(rf);
}
END_TEST

START_TEST(saving_state_keeps_the_snapshot)
{
    struct raft *rf = SERVER(3, 1, 1);
    log_compact(&rf->log, 1, 1);
    persist_with_snapshot(rf, bytes_of_text("snapshot"));
    become_follower(rf, 5);
    persist(rf);
    ck_assert_uint_eq(persister_snapshot_bytes(rf->persister), 8);
    server_end(rf);
}
END_TEST

Suite *suite_raft_persist(void)
{
    Suite *suite = suite_create("raft_persist");
    TCase *tc = tcase_create("persist");

    tcase_set_tags(tc, "2C");
    tcase_add_test(tc, fresh_server_has_voted_for_nobody);
    tcase_add_test(tc, term_vote_and_log_survive);
    tcase_add_test(tc, snapshot_and_the_rest_of_the_log_survive);
    tcase_add_test(tc, saved_bytes_are_the_wire_form_of_struct_saved);
    tcase_add_test(tc, nothing_new_is_not_saved_again);
    tcase_add_test(tc, saving_state_keeps_the_snapshot);
    suite_add_tcase(suite, tc);
    return suite;
}
