/* test_snapshot.c - Figure 13 and §7: compaction, InstallSnapshot.
 * Layer: tests. */
#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

static struct snapshot_reply handle(struct raft *rf, struct snapshot_args args)
{
    struct snapshot_reply reply = {0};
    args.data = bytes_of_text("from the leader");
    handle_snapshot_request(rf, &args, &reply);
    ck_assert(!rf->unsaved);
    return reply;
}
#define install(rf, ...) handle((rf), (struct snapshot_args){__VA_ARGS__})

static bool holds_the_leaders_snapshot(const struct raft *rf)
{
    struct bytes snapshot = persister_snapshot(rf->persister);
    bool yes = bytes_equal(snapshot, bytes_of_text("from the leader"));
    bytes_free(&snapshot);
    return yes;
}

/* raft_snapshot() takes the lock itself. */
static void snapshot_up_to(struct raft *rf, uint64_t index, const char *text)
{
    mu_unlock(rf);
    raft_snapshot(rf, index, bytes_of_text(text));
    mu_lock(rf);
}

START_TEST(own_snapshot_compacts_the_log_and_is_saved_with_it)
{
    struct raft *rf = SERVER(3, 1, 1, 2, 2);
    commit_up_to(rf, 3);
    rf->last_applied = 3;
    snapshot_up_to(rf, 3, "mine");
    rf = restarted(rf);
    ck_assert_uint_eq(rf->log.last_included_index, 3);
    ck_assert_uint_eq(rf->log.last_included_term, 2);
    CHECK_LOG(rf, 2);
    ck_assert_uint_eq(persister_snapshot_bytes(rf->persister), 4);
    server_end(rf);
}
END_TEST

START_TEST(own_snapshot_that_is_late_changes_nothing)
{
    struct raft *rf = SERVER(3, 1, 1, 2, 2);
    commit_up_to(rf, 4);
    rf->last_applied = 4;
    snapshot_up_to(rf, 4, "newer");
    snapshot_up_to(rf, 2, "old");
    snapshot_up_to(rf, 4, "same");
    ck_assert_uint_eq(rf->log.last_included_index, 4);
    ck_assert_uint_eq(persister_snapshot_bytes(rf->persister), 5);
    server_end(rf);
}
END_TEST

/* Step 1. */
START_TEST(snapshot_of_an_older_term_is_refused)
{
    struct raft *rf = SERVER(3, 1, 5);
    struct snapshot_reply reply = install(
        rf, .term = 4, .last_included_index = 9, .last_included_term = 4);
    ck_assert_uint_eq(reply.term, 5);
    CHECK_LOG(rf, 1, 5);
    ck_assert(!holds_the_leaders_snapshot(rf));
    server_end(rf);
}
END_TEST

/* Steps 5, 7, 8. */
START_TEST(snapshot_replaces_a_shorter_log)
{
    struct raft *rf = SERVER(3, 1, 1);
    install(rf, .term = 3, .last_included_index = 9, .last_included_term = 2);
    ck_assert_uint_eq(log_last_index(&rf->log), 9);
    ck_assert_uint_eq(log_last_term(&rf->log), 2);
    ck_assert_uint_eq(rf->commit_index, 9);
    ck_assert_uint_eq(rf->last_applied, 0); /* apply.c delivers it */
    ck_assert(holds_the_leaders_snapshot(rf));
    rf = restarted(rf);
    ck_assert_uint_eq(rf->current_term, 3);
    ck_assert_uint_eq(log_last_index(&rf->log), 9);
    ck_assert(holds_the_leaders_snapshot(rf));
    server_end(rf);
}
END_TEST

/* Step 6. */
START_TEST(entries_that_follow_the_snapshot_are_retained)
{
    struct raft *rf = SERVER(3, 1, 1, 2, 2);
    install(rf, .term = 3, .last_included_index = 3, .last_included_term = 2);
    CHECK_LOG(rf, 2);
    rf = restarted(rf);
    CHECK_LOG(rf, 2);
    ck_assert_uint_eq(rf->log.last_included_index, 3);
    server_end(rf);
}
END_TEST

/* Step 7. */
START_TEST(longer_log_that_conflicts_is_discarded)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 1);
    install(rf, .term = 3, .last_included_index = 3, .last_included_term = 2);
    ck_assert_uint_eq(log_last_index(&rf->log), 3);
    ck_assert_uint_eq(log_last_term(&rf->log), 2);
    server_end(rf);
}
END_TEST

START_TEST(snapshot_of_committed_entries_is_ignored)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 1);
    commit_up_to(rf, 3);
    install(rf, .term = 3, .last_included_index = 3, .last_included_term = 1);
    CHECK_LOG(rf, 1, 1, 1, 1);
    ck_assert(!holds_the_leaders_snapshot(rf));
    ck_assert_uint_eq(rf->commit_index, 3);
    server_end(rf);
}
END_TEST

START_TEST(leader_goes_on_after_the_snapshot)
{
    struct raft *rf = SERVER(3, 1, 1, 1, 1);
    log_compact(&rf->log, 3, 1);
    make_leader(rf);
    struct peer *peer = &rf->peers[1];
    peer->next_index = 1;
    struct snapshot_args args = {.term = rf->current_term,
                                 .last_included_index = 3};
    struct snapshot_reply reply = {.term = rf->current_term};
    handle_snapshot_reply(rf, peer, &args, &reply);
    ck_assert_uint_eq(peer->match_index, 3);
    ck_assert_uint_eq(peer->next_index, 4);
    /* A late reply decreases nothing. */
    advance_match_index(rf, peer, 4);
    handle_snapshot_reply(rf, peer, &args, &reply);
    ck_assert_uint_eq(peer->match_index, 4);
    ck_assert_uint_eq(peer->next_index, 5);
    server_end(rf);
}
END_TEST

SUITE(raft_snapshot)
{
    Suite *suite = suite_create("raft_snapshot");
    TCase *tc = tcase_create("snapshots");

    tcase_set_tags(tc, "2D");
    tcase_add_test(tc, own_snapshot_compacts_the_log_and_is_saved_with_it);
    tcase_add_test(tc, own_snapshot_that_is_late_changes_nothing);
    tcase_add_test(tc, snapshot_of_an_older_term_is_refused);
    tcase_add_test(tc, snapshot_replaces_a_shorter_log);
    tcase_add_test(tc, entries_that_follow_the_snapshot_are_retained);
    tcase_add_test(tc, longer_log_that_conflicts_is_discarded);
    tcase_add_test(tc, snapshot_of_committed_entries_is_ignored);
    tcase_add_test(tc, leader_goes_on_after_the_snapshot);
    suite_add_tcase(suite, tc);
    return suite;
}
