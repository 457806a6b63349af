/* test_unstable.c - the end of a log that is not known to be saved.
 * Layer: tests. docs/raftcore-spec.md §4.3 and §10.3. */
#include "raftcore/unstable.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

/* A snapshot of index 4 and term 1 (or none), entries, and the offset. */
static struct unstable make(bool snapshot, const char *entries, uint64_t offset)
{
    return (struct unstable){
        .snapshot = snapshot ? make_snapshot(4, 1) : NULL,
        .entries = make_run(entries),
        .offset = offset,
        .offset_in_progress = offset,
    };
}

static void append(struct unstable *u, const char *entries)
{
    struct rc_entries run = make_run(entries);
    unstable_truncate_and_append(u, run.at, run.count);
    rc_entries_release(&run);
}

static void check(const struct unstable *u, uint64_t offset,
                  uint64_t in_progress, const char *entries)
{
    ck_assert_uint_eq(u->offset, offset);
    ck_assert_uint_eq(u->offset_in_progress, in_progress);
    check_run(&u->entries, entries);
}

/* §4.3: only a snapshot says where the log begins. */
START_TEST(first_index_is_known_by_a_snapshot_alone)
{
    static const struct {
        bool snapshot;
        const char *entries;
        uint64_t first; /* 0: not known */
    } rows[] = {
        {false, "5/1", 0}, {false, "", 0}, {true, "5/1", 5}, {true, "", 5}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct unstable u = make(rows[i].snapshot, rows[i].entries, 5);
        uint64_t index = 0;
        ck_assert_int_eq(unstable_maybe_first_index(&u, &index),
                         rows[i].first != 0);
        ck_assert_uint_eq(index, rows[i].first);
        unstable_release(&u);
    }
}
END_TEST

/* §4.3: the last entry; without entries the snapshot; else not known. */
START_TEST(last_index_is_of_the_entries_before_the_snapshot)
{
    static const struct {
        bool snapshot;
        const char *entries;
        uint64_t last;
    } rows[] = {
        {false, "5/1", 5}, {true, "5/1 6/1", 6}, {true, "", 4}, {false, "", 0}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct unstable u = make(rows[i].snapshot, rows[i].entries, 5);
        uint64_t index = 0;
        ck_assert_int_eq(unstable_maybe_last_index(&u, &index),
                         rows[i].last != 0);
        ck_assert_uint_eq(index, rows[i].last);
        unstable_release(&u);
    }
}
END_TEST

/* §4.3: terms of entries are known within them, that of the snapshot at its own
 * index. */
START_TEST(terms_are_known_of_entries_and_of_the_snapshot)
{
    static const struct {
        bool snapshot;
        const char *entries;
        uint64_t index, term; /* 0: not known */
    } rows[] = {
        {false, "5/1", 5, 1},
        {false, "5/1", 6, 0},
        {false, "5/1", 4, 0},
        {true, "5/3", 5, 3},
        {true, "5/3", 6, 0},
        {true, "5/3", 4, 1},
        {true, "5/3", 3, 0},
        {true, "", 5, 0},
        {true, "", 4, 1},
        {false, "", 5, 0},
        {true, "5/3", UINT64_MAX, 0},
        {false, "", UINT64_MAX, 0},
        {false, "5/1 6/2 7/9", 7, 9},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct unstable u = make(rows[i].snapshot, rows[i].entries, 5);
        uint64_t term = 0;
        ck_assert_int_eq(unstable_maybe_term(&u, rows[i].index, &term),
                         rows[i].term != 0);
        ck_assert_uint_eq(term, rows[i].term);
        unstable_release(&u);
    }
}
END_TEST

/* §4.3, restore: the snapshot is all there is, and nothing is in progress. */
START_TEST(restoring_leaves_the_snapshot_alone)
{
    struct unstable u = make(true, "5/1 6/1", 5);
    unstable_accept_in_progress(&u);
    ck_assert(u.snapshot_in_progress);
    ck_assert_uint_eq(u.offset_in_progress, 7);
    struct rc_snapshot *newer = make_snapshot(9, 2);
    unstable_restore(&u, newer);
    check(&u, 10, 10, "");
    ck_assert_ptr_eq(u.snapshot, newer);
    ck_assert(!u.snapshot_in_progress);
    unstable_release(&u);
    ck_assert_uint_eq(newer->index, 9); /* was shared, not taken */
    rc_snapshot_drop(newer);
}
END_TEST

/* §4.3, nextEntries: what is handed out once is not handed out again. */
START_TEST(entries_in_progress_are_not_handed_out_again)
{
    static const struct {
        uint64_t in_progress;
        const char *next;
    } rows[] = {{5, "5/1 6/1"}, {6, "6/1"}, {7, ""}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct unstable u = make(false, "5/1 6/1", 5);
        u.offset_in_progress = rows[i].in_progress;
        ck_assert_int_eq(unstable_has_next_entries(&u), rows[i].next[0] != 0);
        check_taken(unstable_next_entries(&u), rows[i].next);
        unstable_release(&u);
    }
}
END_TEST

/* §4.3, nextSnapshot. */
START_TEST(a_snapshot_in_progress_is_not_handed_out_again)
{
    struct unstable u = make(false, "", 5);
    ck_assert(!unstable_has_next_snapshot(&u));
    ck_assert_ptr_null(unstable_next_snapshot(&u));
    u.snapshot = make_snapshot(4, 1);
    ck_assert(unstable_has_next_snapshot(&u));
    struct rc_snapshot *next = unstable_next_snapshot(&u);
    ck_assert_uint_eq(next->index, 4);
    rc_snapshot_drop(next);
    u.snapshot_in_progress = true;
    ck_assert(!unstable_has_next_snapshot(&u));
    ck_assert_ptr_null(unstable_next_snapshot(&u));
    unstable_release(&u);
}
END_TEST

/* §4.3, acceptInProgress: marks what is there, and only that. */
START_TEST(accepting_marks_entries_and_snapshot)
{
    static const struct {
        bool snapshot;
        const char *entries;
        uint64_t before, after;
    } rows[] = {
        {false, "", 5, 5},        {false, "5/1", 5, 6},
        {false, "5/1 6/1", 5, 7}, {false, "5/1 6/1", 6, 7},
        {false, "5/1 6/1", 7, 7}, {true, "", 5, 5},
        {true, "5/1", 5, 6},      {true, "5/1 6/1", 6, 7},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        for (int busy = 0; busy <= rows[i].snapshot; busy++) {
            struct unstable u = make(rows[i].snapshot, rows[i].entries, 5);
            u.offset_in_progress = rows[i].before;
            u.snapshot_in_progress = busy != 0;
            unstable_accept_in_progress(&u);
            check(&u, 5, rows[i].after, rows[i].entries);
            ck_assert_int_eq(u.snapshot_in_progress, rows[i].snapshot);
            ck_assert(!unstable_has_next_entries(&u));
            unstable_release(&u);
        }
    }
}
END_TEST

/* §4.3: entries appended after a hand-out are handed out next, and they
 * alone. */
START_TEST(later_entries_are_handed_out_after_an_accept)
{
    struct unstable u = make(false, "5/1", 5);
    unstable_accept_in_progress(&u);
    append(&u, "6/1 7/2");
    check_taken(unstable_next_entries(&u), "6/1 7/2");
    unstable_accept_in_progress(&u);
    check_taken(unstable_next_entries(&u), "");
    unstable_release(&u);
}
END_TEST

/* §4.3, stableTo: only the very entry that is here counts as saved. */
START_TEST(saved_entries_go_if_index_and_term_are_theirs)
{
    static const struct {
        bool snapshot;
        const char *entries;
        uint64_t in_progress, index, term, offset, in_progress_after;
        const char *left;
    } rows[] = {
        {false, "", 5, 5, 1, 5, 5, ""},
        {false, "5/1", 6, 5, 1, 6, 6, ""},
        {false, "5/1 6/1", 6, 5, 1, 6, 6, "6/1"},
        {false, "5/1 6/1", 7, 5, 1, 6, 7, "6/1"},
        {false, "5/1 6/1 7/3", 6, 6, 1, 7, 7, "7/3"}, /* mark goes along */
        {false, "5/2", 6, 5, 1, 5, 6, "5/2"},         /* other term */
        {false, "5/1", 6, 4, 1, 5, 6, "5/1"},         /* old entry */
        {false, "5/1", 6, 6, 1, 5, 6, "5/1"},         /* not here yet */
        {true, "5/1", 6, 5, 1, 6, 6, ""},
        {true, "5/2", 6, 5, 1, 5, 6, "5/2"},
        {true, "5/1", 6, 4, 1, 5, 6, "5/1"}, /* the snapshot's own index */
        {true, "5/2", 6, 4, 2, 5, 6, "5/2"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct unstable u = make(rows[i].snapshot, rows[i].entries, 5);
        u.offset_in_progress = rows[i].in_progress;
        unstable_stable_to(&u, rows[i].index, rows[i].term);
        check(&u, rows[i].offset, rows[i].in_progress_after, rows[i].left);
        ck_assert_int_eq(u.snapshot != NULL, rows[i].snapshot);
        unstable_release(&u);
    }
}
END_TEST

/* §4.3, stableSnapTo: a saved snapshot goes, one of another index stays. */
START_TEST(durable_snapshot_is_dropped_if_its_index_matches)
{
    struct unstable u = make(true, "5/1", 5);
    unstable_accept_in_progress(&u);
    unstable_stable_snap_to(&u, 3);
    ck_assert_ptr_nonnull(u.snapshot);
    ck_assert(u.snapshot_in_progress);
    unstable_stable_snap_to(&u, 4);
    ck_assert_ptr_null(u.snapshot);
    ck_assert(!u.snapshot_in_progress);
    unstable_stable_snap_to(&u, 4); /* twice is fine */
    check(&u, 5, 6, "5/1");
    unstable_release(&u);
}
END_TEST

/* §4.3, truncateAndAppend: append, replace, truncate; and the mark. */
START_TEST(entries_go_behind_before_or_between)
{
    static const struct {
        const char *entries;
        uint64_t in_progress;
        const char *more;
        uint64_t offset, in_progress_after;
        const char *after;
    } rows[] = {
        {"5/1", 5, "6/1 7/1", 5, 5, "5/1 6/1 7/1"},
        {"5/1", 6, "6/1 7/1", 5, 6, "5/1 6/1 7/1"},
        {"5/1", 6, "5/2 6/2", 5, 5, "5/2 6/2"},
        {"5/1", 5, "4/2 5/2 6/2", 4, 4, "4/2 5/2 6/2"},
        {"5/1", 6, "4/2 5/2", 4, 4, "4/2 5/2"},
        {"5/1 6/1 7/1", 5, "6/2", 5, 5, "5/1 6/2"},
        {"5/1 6/1 7/1", 8, "6/2", 5, 6, "5/1 6/2"},
        {"5/1 6/1 7/1", 6, "6/2 7/2", 5, 6, "5/1 6/2 7/2"},
        {"5/1 6/1 7/1", 8, "7/2 8/2 9/2", 5, 7, "5/1 6/1 7/2 8/2 9/2"},
        {"", 5, "5/1", 5, 5, "5/1"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct unstable u = make(false, rows[i].entries, 5);
        u.offset_in_progress = rows[i].in_progress;
        append(&u, rows[i].more);
        check(&u, rows[i].offset, rows[i].in_progress_after, rows[i].after);
        unstable_release(&u);
    }
}
END_TEST

/* §14.7: what was handed out stays as it was when the log is
 * overwritten, grows, or shrinks. */
START_TEST(runs_that_others_hold_keep_their_entries)
{
    struct unstable u = make(false, "5/1 6/1 7/1", 5);
    struct rc_entries all = unstable_next_entries(&u);
    struct rc_entries part = unstable_slice(&u, 6, 8);
    append(&u, "6/2 7/2");
    append(&u, "8/2");
    struct rc_entries second = unstable_slice(&u, 5, 9);
    append(&u, "4/3 5/3");
    unstable_stable_to(&u, 5, 3);
    append(&u, "6/4");
    check(&u, 6, 6, "6/4");
    check_taken(all, "5/1 6/1 7/1");
    check_taken(part, "6/1 7/1");
    check_taken(second, "5/1 6/2 7/2 8/2");
    unstable_release(&u);
}
END_TEST

/* §4.3, slice: within bounds, else a broken invariant. */
START_TEST(slices_outside_are_broken_invariants)
{
    struct unstable u = make(false, "5/1 6/1 7/1", 5);
    check_taken(unstable_slice(&u, 5, 8), "5/1 6/1 7/1");
    check_taken(unstable_slice(&u, 6, 7), "6/1");
    check_taken(unstable_slice(&u, 8, 8), "");
    ASSERT_FATAL("invalid unstable.slice 7 > 6", unstable_slice(&u, 7, 6));
    ASSERT_FATAL("unstable.slice[4,6) out of bound [5,8]",
                 unstable_slice(&u, 4, 6));
    ASSERT_FATAL("unstable.slice[5,9) out of bound [5,8]",
                 unstable_slice(&u, 5, 9));
    struct rc_entry late = {.index = 10, .term = 1};
    ASSERT_FATAL("unstable.slice[5,10) out of bound [5,8]",
                 unstable_truncate_and_append(&u, &late, 1));
    unstable_release(&u);
}
END_TEST

SUITE(raftcore_unstable)
{
    Suite *suite = suite_create("raftcore_unstable");
    TCase *what = tcase_create("what is here");
    TCase *change = tcase_create("changes");
    tcase_add_test(what, first_index_is_known_by_a_snapshot_alone);
    tcase_add_test(what, last_index_is_of_the_entries_before_the_snapshot);
    tcase_add_test(what, terms_are_known_of_entries_and_of_the_snapshot);
    tcase_add_test(what, entries_in_progress_are_not_handed_out_again);
    tcase_add_test(what, a_snapshot_in_progress_is_not_handed_out_again);
    tcase_add_test(what, slices_outside_are_broken_invariants);
    tcase_add_test(change, restoring_leaves_the_snapshot_alone);
    tcase_add_test(change, accepting_marks_entries_and_snapshot);
    tcase_add_test(change, later_entries_are_handed_out_after_an_accept);
    tcase_add_test(change, saved_entries_go_if_index_and_term_are_theirs);
    tcase_add_test(change, durable_snapshot_is_dropped_if_its_index_matches);
    tcase_add_test(change, entries_go_behind_before_or_between);
    tcase_add_test(change, runs_that_others_hold_keep_their_entries);
    suite_add_tcase(suite, what);
    suite_add_tcase(suite, change);
    return suite;
}
