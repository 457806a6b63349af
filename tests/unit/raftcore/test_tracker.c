/* test_tracker.c - what a leader knows of the others: how far they are, how
 * they voted.
 * Layer: tests. docs/raftcore-spec.md §3.2 to §3.4 and §10.5. */
#include "raftcore/tracker.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

/* ---- Progress ------------------------------------------------------------*/

/* §3.4: the parts of the text, in their order. */
START_TEST(progress_is_described_in_one_line)
{
    struct rc_progress pr = {.match = 3,
                             .next = 4,
                             .state = RC_PROGRESS_SNAPSHOT,
                             .pending_snapshot = 123,
                             .is_learner = true,
                             .inflights = {.limit = 1}};
    struct rc_text text = {NULL, 0, 0};
    rc_inflights_add(&pr.inflights, 123, 1);
    rc_progress_describe(&pr, &text);
    check_text(&text, "StateSnapshot match=3 next=4 learner paused "
                      "pendingSnap=123 inactive inflight=1[full]");
    pr.inflights.limit = 2;
    pr.recent_active = true;
    pr.pending_snapshot = 0;
    pr.state = RC_PROGRESS_REPLICATE;
    rc_progress_describe(&pr, &text);
    check_text(&text, "StateReplicate match=3 next=4 learner inflight=1");
    rc_inflights_reset(&pr.inflights);
    pr.is_learner = false;
    pr.flow_paused = true;
    pr.state = RC_PROGRESS_PROBE;
    pr.next = UINT64_MAX;
    rc_progress_describe(&pr, &text);
    check_text(&text, "StateProbe match=3 next=18446744073709551615 paused");
    rc_inflights_release(&pr.inflights);
}
END_TEST

/* §3.4: in the map's text ids are decimal, and ascending. */
START_TEST(progress_of_all_has_decimal_ids_in_order)
{
    struct rc_progress_map map = {NULL, 0, 0}, copy;
    struct rc_text text = {NULL, 0, 0};
    static const uint64_t ids[] = {26, 9, 11, 10};
    for (size_t i = 0; i < LENGTH(ids); i++) {
        rc_progress_map_add(&map, (struct rc_progress){.id = ids[i],
                                                       .next = 1,
                                                       .recent_active = true});
    }
    rc_progress_map_remove(&map, 9);
    rc_progress_map_copy(&copy, &map);
    rc_progress_map_get(&map, 11)->match = 7;
    ck_assert_ptr_null(rc_progress_map_get(&map, 9));
    rc_progress_map_describe(&map, &text);
    check_text(&text, "10: StateProbe match=0 next=1\n"
                      "11: StateProbe match=7 next=1\n"
                      "26: StateProbe match=0 next=1\n");
    ck_assert_uint_eq(rc_progress_map_get(&copy, 11)->match, 0);
    rc_progress_map_release(&map);
    rc_progress_map_release(&copy);
}
END_TEST

/* §3.4, IsPaused. */
START_TEST(paused_is_by_the_flag_or_by_a_snapshot)
{
    for (int state = RC_PROGRESS_PROBE; state <= RC_PROGRESS_SNAPSHOT;
         state++) {
        for (int flag = 0; flag <= 1; flag++) {
            struct rc_progress pr = {.state = (enum rc_progress_state)state,
                                     .flow_paused = flag != 0};
            ck_assert_int_eq(rc_progress_paused(&pr),
                             flag || state == RC_PROGRESS_SNAPSHOT);
        }
    }
}
END_TEST

/* §3.4: an accepted rejection and a new acknowledgement end a pause; in
 * StateReplicate a rejection leaves the flag to the caller. */
START_TEST(responses_that_count_end_a_pause)
{
    struct rc_progress pr = {.next = 2, .flow_paused = true};
    ck_assert(rc_progress_maybe_decr_to(&pr, 1, 1));
    ck_assert(!pr.flow_paused);
    pr.flow_paused = true;
    ck_assert(rc_progress_maybe_update(&pr, 2));
    ck_assert(!pr.flow_paused);
    pr.flow_paused = true;
    ck_assert(!rc_progress_maybe_update(&pr, 2));     /* known */
    ck_assert(!rc_progress_maybe_decr_to(&pr, 9, 2)); /* old */
    ck_assert(pr.flow_paused);
    pr.state = RC_PROGRESS_REPLICATE;
    ck_assert(rc_progress_maybe_decr_to(&pr, 3, 2));
    ck_assert(pr.flow_paused);
}
END_TEST

/* §3.4, BecomeProbe: behind what is known, or behind the snapshot if it is
 * farther. */
START_TEST(probing_begins_behind_match_or_the_snapshot)
{
    static const struct {
        enum rc_progress_state state;
        uint64_t match, next, pending, sent_commit;
        uint64_t next_after, sent_after;
    } rows[] = {
        {RC_PROGRESS_REPLICATE, 1, 5, 0, 4, 2, 1},
        {RC_PROGRESS_SNAPSHOT, 1, 11, 10, 10, 11, 10}, /* it arrived */
        {RC_PROGRESS_SNAPSHOT, 1, 5, 0, 5, 2, 1},      /* it did not */
        {RC_PROGRESS_SNAPSHOT, 20, 11, 10, 10, 21, 10},
        {RC_PROGRESS_PROBE, 1, 5, 0, 0, 2, 0},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_progress pr = {.state = rows[i].state,
                                 .match = rows[i].match,
                                 .next = rows[i].next,
                                 .pending_snapshot = rows[i].pending,
                                 .sent_commit = rows[i].sent_commit,
                                 .flow_paused = true,
                                 .inflights = {.limit = 256}};
        rc_inflights_add(&pr.inflights, rows[i].match + 1, 10);
        rc_progress_become_probe(&pr);
        ck_assert_int_eq(pr.state, RC_PROGRESS_PROBE);
        ck_assert_uint_eq(pr.match, rows[i].match);
        ck_assert_uint_eq(pr.next, rows[i].next_after);
        ck_assert_uint_eq(pr.sent_commit, rows[i].sent_after);
        ck_assert_uint_eq(pr.pending_snapshot, 0);
        ck_assert(!pr.flow_paused);
        ck_assert_uint_eq(pr.inflights.count + pr.inflights.bytes, 0);
        rc_inflights_release(&pr.inflights);
    }
}
END_TEST

/* §3.4, BecomeReplicate. */
START_TEST(replicating_begins_behind_match)
{
    struct rc_progress pr = {.match = 1,
                             .next = 5,
                             .sent_commit = 3,
                             .pending_snapshot = 9,
                             .flow_paused = true,
                             .inflights = {.limit = 256}};
    rc_inflights_add(&pr.inflights, 2, 10);
    rc_progress_become_replicate(&pr);
    ck_assert_int_eq(pr.state, RC_PROGRESS_REPLICATE);
    ck_assert_uint_eq(pr.match, 1);
    ck_assert_uint_eq(pr.next, 2);
    ck_assert_uint_eq(pr.sent_commit, 3);
    ck_assert_uint_eq(pr.pending_snapshot, 0);
    ck_assert(!pr.flow_paused);
    ck_assert_uint_eq(pr.inflights.count + pr.inflights.bytes, 0);
    rc_inflights_release(&pr.inflights);
}
END_TEST

/* §3.4, BecomeSnapshot. */
START_TEST(pending_snapshot_sets_next)
{
    struct rc_progress pr = {.state = RC_PROGRESS_REPLICATE,
                             .match = 1,
                             .next = 5,
                             .sent_commit = 3,
                             .inflights = {.limit = 256}};
    rc_inflights_add(&pr.inflights, 2, 10);
    rc_progress_become_snapshot(&pr, 10);
    ck_assert_int_eq(pr.state, RC_PROGRESS_SNAPSHOT);
    ck_assert_uint_eq(pr.match, 1);
    ck_assert_uint_eq(pr.pending_snapshot, 10);
    ck_assert_uint_eq(pr.next, 11);
    ck_assert_uint_eq(pr.sent_commit, 10);
    ck_assert(rc_progress_paused(&pr));
    ck_assert_uint_eq(pr.inflights.count + pr.inflights.bytes, 0);
    rc_inflights_release(&pr.inflights);
}
END_TEST

/* §3.4, MaybeUpdate. */
START_TEST(acknowledged_index_never_falls)
{
    static const struct {
        uint64_t index, match, next;
        bool news;
    } rows[] = {{2, 3, 5, false}, /* old */
                {3, 3, 5, false},
                {4, 4, 5, true}, /* next stays */
                {5, 5, 6, true}, /* and goes along */
                {9, 9, 10, true}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_progress pr = {.match = 3, .next = 5};
        ck_assert_int_eq(rc_progress_maybe_update(&pr, rows[i].index),
                         rows[i].news);
        ck_assert_uint_eq(pr.match, rows[i].match);
        ck_assert_uint_eq(pr.next, rows[i].next);
    }
}
END_TEST

/* §3.4, MaybeDecrTo. */
START_TEST(refusal_moves_next_back_but_not_behind_match)
{
    static const struct {
        enum rc_progress_state state;
        uint64_t match, next, rejected, hint;
        bool accepted;
        uint64_t next_after;
    } rows[] = {
        {RC_PROGRESS_REPLICATE, 5, 10, 5, 5, false, 10},
        {RC_PROGRESS_REPLICATE, 5, 10, 4, 4, false, 10},
        {RC_PROGRESS_REPLICATE, 5, 10, 9, 9, true, 6},
        {RC_PROGRESS_REPLICATE, 5, 10, 6, 0, true, 6},
        {RC_PROGRESS_PROBE, 0, 0, 0, 0, false, 0},
        {RC_PROGRESS_PROBE, 0, 10, 5, 5, false, 10}, /* an old refusal */
        {RC_PROGRESS_PROBE, 0, 10, 9, 9, true, 9},
        {RC_PROGRESS_PROBE, 0, 2, 1, 1, true, 1},
        {RC_PROGRESS_PROBE, 0, 1, 0, 0, true, 1},
        {RC_PROGRESS_PROBE, 0, 10, 9, 2, true, 3},
        {RC_PROGRESS_PROBE, 0, 10, 9, 0, true, 1},
        {RC_PROGRESS_PROBE, 4, 10, 9, 2, true, 5}, /* never below match */
        {RC_PROGRESS_SNAPSHOT, 1, 11, 10, 4, true, 5},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_progress pr = {.state = rows[i].state,
                                 .match = rows[i].match,
                                 .next = rows[i].next,
                                 .sent_commit = 8};
        ck_assert_int_eq(
            rc_progress_maybe_decr_to(&pr, rows[i].rejected, rows[i].hint),
            rows[i].accepted);
        ck_assert_uint_eq(pr.match, rows[i].match);
        ck_assert_uint_eq(pr.next, rows[i].next_after);
        uint64_t most = rows[i].next_after - 1;
        ck_assert_uint_eq(pr.sent_commit,
                          rows[i].accepted && most < 8 ? most : 8);
    }
}
END_TEST

/* §3.4, SentEntries. */
START_TEST(sent_entries_move_next_or_pause_a_probe)
{
    struct rc_progress pr = {.match = 1,
                             .next = 2,
                             .state = RC_PROGRESS_REPLICATE,
                             .inflights = {.limit = 2}};
    rc_progress_sent_entries(&pr, 3, 30);
    ck_assert_uint_eq(pr.next, 5);
    ck_assert_uint_eq(pr.inflights.count, 1);
    ck_assert_uint_eq(pr.inflights.ring[0].index, 4);
    ck_assert_uint_eq(pr.inflights.bytes, 30);
    ck_assert(!pr.flow_paused);
    rc_progress_sent_entries(&pr, 1, 5);
    ck_assert_uint_eq(pr.next, 6);
    ck_assert(pr.flow_paused); /* the window is full */
    rc_inflights_free_le(&pr.inflights, 4);
    rc_progress_sent_entries(&pr, 0, 0);
    ck_assert_uint_eq(pr.next, 6);
    ck_assert(!pr.flow_paused);
    rc_progress_become_probe(&pr);
    rc_progress_sent_entries(&pr, 0, 0);
    ck_assert(!pr.flow_paused);
    rc_progress_sent_entries(&pr, 2, 9);
    ck_assert(pr.flow_paused);
    ck_assert_uint_eq(pr.next, 2);
    ck_assert_uint_eq(pr.inflights.count, 0);
    rc_progress_become_snapshot(&pr, 7);
    ASSERT_FATAL("sending append in unhandled state StateSnapshot",
                 rc_progress_sent_entries(&pr, 1, 1));
    rc_inflights_release(&pr.inflights);
}
END_TEST

/* §3.4, CanBumpCommit. */
START_TEST(commit_is_news_only_below_what_was_sent)
{
    struct rc_progress pr = {.next = 6, .sent_commit = 3};
    ck_assert(!rc_progress_can_bump_commit(&pr, 3));
    ck_assert(rc_progress_can_bump_commit(&pr, 4));
    ck_assert(rc_progress_can_bump_commit(&pr, UINT64_MAX));
    pr.sent_commit = 5;
    ck_assert(!rc_progress_can_bump_commit(&pr, 9));
}
END_TEST

/* ---- Tracker -------------------------------------------------------------*/

static struct rc_tracker make(const char *incoming, const char *outgoing,
                              const char *learners)
{
    struct rc_tracker tracker = {
        .config = {.voters = {make_ids(incoming), make_ids(outgoing)},
                   .learners = make_ids(learners)},
        .max_inflight = 10};
    for (uint64_t id = 1; id < 32; id++) {
        bool learns = rc_ids_has(&tracker.config.learners, id);
        if (learns || rc_joint_has(&tracker.config.voters, id)) {
            rc_progress_map_add(&tracker.progress,
                                (struct rc_progress){
                                    .id = id, .next = 1, .is_learner = learns});
        }
    }
    return tracker;
}

/* §3.2: ids of the sets are hexadecimal; empty sets are left out; a copy has
 * lost the flag. */
START_TEST(configuration_is_described_with_hexadecimal_ids)
{
    struct rc_tracker tracker = make("1 10 17", "1 26", "11 12");
    struct rc_tracker_config copy;
    struct rc_text text = {NULL, 0, 0};
    tracker.config.learners_next = make_ids("26");
    tracker.config.auto_leave = true;
    rc_tracker_config_text(&tracker.config, &text);
    check_text(&text, "voters=(1 a 11)&&(1 1a) learners=(b c) "
                      "learners_next=(1a) autoleave");
    rc_tracker_config_copy(&copy, &tracker.config);
    rc_tracker_config_text(&copy, &text);
    check_text(&text, "voters=(1 a 11)&&(1 1a) learners=(b c) "
                      "learners_next=(1a)");
    rc_ids_remove(&copy.learners, 11);
    rc_ids_remove(&copy.learners, 12);
    rc_ids_release(&copy.voters.outgoing);
    rc_ids_release(&copy.learners_next);
    rc_tracker_config_text(&copy, &text);
    check_text(&text, "voters=(1 a 11)");
    struct rc_conf_state cs = rc_tracker_conf_state(&tracker);
    ck_assert_uint_eq(cs.voters.count, 3);
    ck_assert_uint_eq(cs.voters_outgoing.at[1], 26);
    ck_assert_uint_eq(cs.learners.at[0], 11);
    ck_assert_uint_eq(cs.learners_next.at[0], 26);
    ck_assert(cs.auto_leave);
    rc_conf_state_release(&cs);
    rc_tracker_config_release(&copy);
    rc_tracker_release(&tracker);
}
END_TEST

/* §3.3: the first vote counts; learners' and strangers' votes do not. */
START_TEST(first_votes_of_voters_are_counted)
{
    struct rc_tracker tracker = make("1 2 3", "", "4");
    int granted, rejected;
    ck_assert_int_eq(rc_tracker_tally_votes(&tracker, &granted, &rejected),
                     RC_VOTE_PENDING);
    rc_tracker_record_vote(&tracker, 1, true);
    rc_tracker_record_vote(&tracker, 1, false);
    rc_tracker_record_vote(&tracker, 4, true);
    rc_tracker_record_vote(&tracker, 9, true);
    ck_assert_uint_eq(tracker.vote_count, 3);
    ck_assert_int_eq(rc_tracker_tally_votes(&tracker, &granted, &rejected),
                     RC_VOTE_PENDING);
    ck_assert_int_eq(granted, 1);
    ck_assert_int_eq(rejected, 0);
    rc_tracker_record_vote(&tracker, 2, false);
    rc_tracker_record_vote(&tracker, 3, true);
    ck_assert_int_eq(rc_tracker_tally_votes(&tracker, &granted, &rejected),
                     RC_VOTE_WON);
    ck_assert_int_eq(granted, 2);
    ck_assert_int_eq(rejected, 1);
    rc_tracker_reset_votes(&tracker);
    ck_assert_int_eq(rc_tracker_tally_votes(&tracker, &granted, &rejected),
                     RC_VOTE_PENDING);
    ck_assert_int_eq(granted + rejected, 0);
    rc_tracker_release(&tracker);
}
END_TEST

/* §3.3: a quorum of each half must be active; learners do not count. */
START_TEST(active_quorum_is_one_of_both_halves)
{
    struct rc_tracker tracker = make("1 2 3", "3 10 11", "5");
    rc_progress_map_get(&tracker.progress, 1)->recent_active = true;
    rc_progress_map_get(&tracker.progress, 3)->recent_active = true;
    rc_progress_map_get(&tracker.progress, 5)->recent_active = true;
    ck_assert(!rc_tracker_quorum_active(&tracker));
    rc_progress_map_get(&tracker.progress, 11)->recent_active = true;
    ck_assert(rc_tracker_quorum_active(&tracker));
    rc_progress_map_get(&tracker.progress, 1)->recent_active = false;
    ck_assert(!rc_tracker_quorum_active(&tracker));
    rc_tracker_release(&tracker);
}
END_TEST

/* §3.3, IsSingleton; §3.1: what all halves have. */
START_TEST(singleton_has_one_voter_and_is_not_joint)
{
    static const struct {
        const char *incoming, *outgoing, *learners;
        bool singleton;
    } rows[] = {{"1", "", "", true},
                {"1", "", "2 3", true},
                {"1 2", "", "", false},
                {"1", "1", "", false},
                {"", "", "1", false}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_tracker tracker =
            make(rows[i].incoming, rows[i].outgoing, rows[i].learners);
        ck_assert_int_eq(rc_tracker_is_singleton(&tracker), rows[i].singleton);
        rc_tracker_release(&tracker);
    }
    struct rc_tracker tracker = make("1 2 3", "3 4", "5");
    static const uint64_t match[] = {9, 7, 5, 6, 8};
    for (uint64_t id = 1; id <= 5; id++) {
        rc_progress_map_get(&tracker.progress, id)->match = match[id - 1];
    }
    ck_assert_uint_eq(rc_tracker_committed(&tracker), 5);
    rc_progress_map_get(&tracker.progress, 3)->match = 10;
    ck_assert_uint_eq(rc_tracker_committed(&tracker), 6);
    rc_tracker_release(&tracker);
}
END_TEST

static void add_progress_tests(TCase *tcase)
{
    tcase_add_test(tcase, progress_is_described_in_one_line);
    tcase_add_test(tcase, progress_of_all_has_decimal_ids_in_order);
    tcase_add_test(tcase, paused_is_by_the_flag_or_by_a_snapshot);
    tcase_add_test(tcase, responses_that_count_end_a_pause);
    tcase_add_test(tcase, probing_begins_behind_match_or_the_snapshot);
    tcase_add_test(tcase, replicating_begins_behind_match);
    tcase_add_test(tcase, pending_snapshot_sets_next);
    tcase_add_test(tcase, acknowledged_index_never_falls);
    tcase_add_test(tcase, refusal_moves_next_back_but_not_behind_match);
    tcase_add_test(tcase, sent_entries_move_next_or_pause_a_probe);
    tcase_add_test(tcase, commit_is_news_only_below_what_was_sent);
}

SUITE(raftcore_tracker)
{
    Suite *suite = suite_create("raftcore_tracker");
    TCase *progress = tcase_create("progress");
    TCase *all = tcase_create("tracker");
    add_progress_tests(progress);
    tcase_add_test(all, configuration_is_described_with_hexadecimal_ids);
    tcase_add_test(all, first_votes_of_voters_are_counted);
    tcase_add_test(all, active_quorum_is_one_of_both_halves);
    tcase_add_test(all, singleton_has_one_voter_and_is_not_joint);
    suite_add_tcase(suite, progress);
    suite_add_tcase(suite, all);
    return suite;
}
