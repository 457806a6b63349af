/* test_persist.c - what survives a crash, and its encoding.
 * Layer: tests. */
#include <stdlib.h>

#include "base/random.h"
#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

/* Nothing saved: term 0, and no vote, not one for server 0. */
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

/* The service restores itself from the snapshot, so the entries it covers
 * count as applied. */
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

/* The saved bytes decode to this record. */
static void check_saved(struct raft *rf, const struct saved *expected)
{
    struct bytes state = persister_state(rf->persister);
    struct saved saved = {0};
    ck_assert_int_eq(UNPACK(saved, state, &saved), LAB_OK);
    ck_assert(record_equal(&record_saved, &saved, expected));
    FREE(saved, &saved);
    bytes_free(&state);
}

START_TEST(saved_bytes_are_a_wire_form_of_struct_saved)
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
    check_saved(rf, &(struct saved){70000, 2, 1, 1, entries, 3});
    server_end(rf);
}
END_TEST

/* A save writes the new part only. After any changes to the log the saved
 * bytes are those of a complete save. */
START_TEST(saving_the_end_equals_a_complete_save)
{
    struct raft *rf = SERVER(3, 1, 1);
    uint64_t draws = 0, key = random_key(9, (uint64_t)_i);
    for (int i = 0; i < 300; i++) {
        uint64_t first = rf->log.last_included_index;
        uint64_t count = log_last_index(&rf->log) - first;
        uint64_t some =
            first + random_below(random_at(key, draws++), count + 1);
        switch (random_below(random_at(key, draws++), 8)) {
        case 0:
            log_truncate_after(&rf->log, some);
            break;
        case 1:
            log_compact(&rf->log, some, log_term(&rf->log, some));
            break;
        case 2:
            rf->voted_for = (int)(some % 3);
            break;
        default:
            log_append(&rf->log, rf->current_term, bytes_of(&some, 1 + i % 8));
            break;
        }
        if (random_below(random_at(key, draws++), 2) == 0) {
            rf->unsaved = true;
            persist(rf);
            struct saved whole = {.current_term = rf->current_term,
                                  .voted_for = rf->voted_for};
            whole.last_included_index = rf->log.last_included_index;
            whole.last_included_term = rf->log.last_included_term;
            whole.log = log_copy_from(&rf->log, whole.last_included_index + 1,
                                      &whole.log_count);
            check_saved(rf, &whole);
            free(whole.log);
        }
    }
    server_end(rf);
}
END_TEST

START_TEST(unchanged_state_is_not_saved_again)
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

SUITE(raft_persist)
{
    Suite *suite = suite_create("raft_persist");
    TCase *tc = tcase_create("persist");

    tcase_set_tags(tc, "2C");
    tcase_add_test(tc, fresh_server_has_voted_for_nobody);
    tcase_add_test(tc, term_vote_and_log_survive);
    tcase_add_test(tc, snapshot_and_the_rest_of_the_log_survive);
    tcase_add_test(tc, saved_bytes_are_a_wire_form_of_struct_saved);
    tcase_add_loop_test(tc, saving_the_end_equals_a_complete_save, 0, 20);
    tcase_add_test(tc, unchanged_state_is_not_saved_again);
    tcase_add_test(tc, saving_state_keeps_the_snapshot);
    suite_add_tcase(suite, tc);
    return suite;
}
