/* test_log_apply.c - the log: what is handed out to be applied, and reading.
 * Layer: tests. docs/raftcore-spec.md §4.4 and §10.4. */
#include "raftcore/raftlog.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

struct pair {
    struct rc_memory_storage *ms;
    struct raftlog log;
};

/* Compacted up to 3/1; 4/1 is saved, 5/1 and 6/1 are not; 5 are committed. At
 * most max bytes are handed out; each entry has 6. */
static struct pair make(uint64_t max)
{
    struct pair pair = {.ms = make_storage(3, 1, "4/1")};
    raftlog_init(&pair.log, rc_memory_storage_interface(pair.ms), NULL, max);
    struct rc_entries run = make_run("5/1 6/1");
    raftlog_append(&pair.log, run.at, run.count);
    raftlog_commit_to(&pair.log, 5);
    rc_entries_release(&run);
    return pair;
}

static void release(struct pair *pair)
{
    raftlog_release(&pair->log);
    rc_memory_storage_free(pair->ms);
}

/* §4.4: committed, behind what was handed out, saved unless it need not be. */
START_TEST(committed_entries_not_handed_out_are_next)
{
    static const struct {
        uint64_t applied, applying;
        bool allow_unstable, paused, snapshot;
        const char *next;
    } rows[] = {
        {3, 3, true, false, false, "4/1 5/1"},
        {3, 4, true, false, false, "5/1"},
        {3, 5, true, false, false, ""},
        {4, 4, true, false, false, "5/1"},
        {4, 5, true, false, false, ""},
        {5, 5, true, false, false, ""},
        {3, 3, false, false, false, "4/1"}, /* 5/1 is not saved */
        {3, 4, false, false, false, ""},
        {4, 5, false, false, false, ""},
        {3, 3, true, true, false, ""},
        {3, 3, false, true, false, ""},
        {3, 3, true, false, true, ""}, /* the snapshot is applied first */
        {3, 3, false, false, true, ""},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(RC_NO_LIMIT);
        bool allow = rows[i].allow_unstable;
        raftlog_applied_to(&pair.log, rows[i].applied, 0);
        raftlog_accept_applying(&pair.log, rows[i].applying, 0, allow);
        pair.log.applying_paused = rows[i].paused;
        if (rows[i].snapshot) {
            pair.log.unstable.snapshot = make_snapshot(4, 1);
        }
        ck_assert_int_eq(raftlog_has_next_committed(&pair.log, allow),
                         rows[i].next[0] != '\0');
        check_taken(raftlog_next_committed(&pair.log, allow), rows[i].next);
        /* Whether it is in progress makes no difference. */
        unstable_accept_in_progress(&pair.log.unstable);
        ck_assert_int_eq(raftlog_has_next_committed(&pair.log, allow),
                         rows[i].next[0] != '\0');
        release(&pair);
    }
}
END_TEST

/* §4.4: the budget is what is left of the limit, but one entry always goes. */
START_TEST(next_entries_are_cut_by_what_is_left_of_the_limit)
{
    static const struct {
        uint64_t max, under_way;
        const char *next;
    } rows[] = {
        {1, 0, "4/1"},
        {11, 0, "4/1"},
        {12, 0, "4/1 5/1"},
        {100, 89, "4/1"},
        {100, 88, "4/1 5/1"},
        {100, 99, "4/1"},
        {RC_NO_LIMIT, 0, "4/1 5/1"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(rows[i].max);
        pair.log.applying_bytes = rows[i].under_way;
        check_taken(raftlog_next_committed(&pair.log, true), rows[i].next);
        release(&pair);
    }
    struct pair pair = make(100);
    pair.log.applying_bytes = 101;
    ASSERT_FATAL("applying entry size (100-101)=-1 not positive",
                 (void)raftlog_next_committed(&pair.log, true));
    release(&pair);
}
END_TEST

/* §4.4, acceptApplying: pauses when the limit is reached, and when the batch
 * did not take all that it could. */
START_TEST(handing_out_pauses_at_the_limit_and_after_a_cut_batch)
{
    static const struct {
        uint64_t index, bytes;
        bool allow_unstable, paused;
    } rows[] = {
        {5, 99, true, false}, {5, 100, true, true},  {5, 101, true, true},
        {4, 99, true, true}, /* 5 was left out */
        {3, 0, true, true},   {4, 99, false, false}, {4, 100, false, true},
        {3, 99, false, true}, {5, 99, false, false}, {5, 100, false, true},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(100);
        raftlog_accept_applying(&pair.log, rows[i].index, rows[i].bytes,
                                rows[i].allow_unstable);
        ck_assert_uint_eq(pair.log.applying, rows[i].index);
        ck_assert_uint_eq(pair.log.applied, 3);
        ck_assert_uint_eq(pair.log.applying_bytes, rows[i].bytes);
        ck_assert_int_eq(pair.log.applying_paused, rows[i].paused);
        release(&pair);
    }
    struct pair pair = make(100);
    ASSERT_FATAL("applying(6) is out of range [prevApplying(3), committed(5)]",
                 raftlog_accept_applying(&pair.log, 6, 1, true));
    release(&pair);
}
END_TEST

/* §4.4, appliedTo: bytes never fall below 0; the pause ends below the limit. */
START_TEST(applied_entries_make_room_for_others)
{
    static const struct {
        uint64_t handed, index, bytes;
        uint64_t left;
        bool paused;
    } rows[] = {
        {100, 4, 0, 100, true},         {100, 4, 1, 99, false},
        {100, 5, 100, 0, false},        {100, 5, 101, 0, false},
        {100, 3, 50, 50, false},        {150, 4, 49, 101, true},
        {150, 4, 50, 100, true},        {150, 4, 51, 99, false},
        {100, 5, UINT64_MAX, 0, false},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(100);
        raftlog_accept_applying(&pair.log, 5, rows[i].handed, true);
        ck_assert(pair.log.applying_paused);
        raftlog_applied_to(&pair.log, rows[i].index, rows[i].bytes);
        ck_assert_uint_eq(pair.log.applied, rows[i].index);
        ck_assert_uint_eq(pair.log.applying, 5);
        ck_assert_uint_eq(pair.log.applying_bytes, rows[i].left);
        ck_assert_int_eq(pair.log.applying_paused, rows[i].paused);
        release(&pair);
    }
}
END_TEST

/* §4.4: a batch that was cut is followed by the next once it is applied. */
START_TEST(cut_batch_is_followed_once_it_is_applied)
{
    struct pair pair = make(8);
    check_taken(raftlog_next_committed(&pair.log, true), "4/1");
    raftlog_accept_applying(&pair.log, 4, 6, true);
    ck_assert(!raftlog_has_next_committed(&pair.log, true));
    raftlog_applied_to(&pair.log, 4, 6);
    check_taken(raftlog_next_committed(&pair.log, true), "5/1");
    release(&pair);
}
END_TEST

START_TEST(applied_index_stays_between_applied_and_committed)
{
    struct pair pair = make(RC_NO_LIMIT);
    raftlog_applied_to(&pair.log, 4, 0); /* takes what is handed out along */
    ck_assert_uint_eq(pair.log.applying, 4);
    ASSERT_FATAL("applied(6) is out of range [prevApplied(4), committed(5)]",
                 raftlog_applied_to(&pair.log, 6, 0));
    ASSERT_FATAL("applied(3) is out of range [prevApplied(4), committed(5)]",
                 raftlog_applied_to(&pair.log, 3, 0));
    ck_assert_uint_eq(pair.log.applied, 4);
    release(&pair);
}
END_TEST

/* ---- Reading -------------------------------------------------------------*/

/* Compacted up to 10/1; 11 .. 15 are saved and 16 .. 20 not. */
static struct pair make_long(void)
{
    struct pair pair = {.ms = make_storage(10, 1, "11/1 12/1 13/1 14/1 15/1")};
    raftlog_init(&pair.log, rc_memory_storage_interface(pair.ms), NULL,
                 RC_NO_LIMIT);
    struct rc_entries run = make_run("16/2 17/2 18/2 19/2 20/2");
    raftlog_append(&pair.log, run.at, run.count);
    rc_entries_release(&run);
    return pair;
}

/* §4.4, slice: both parts under one limit; the first of the unstable part is
 * left out if it crosses the limit. */
START_TEST(slice_merges_both_parts_under_one_limit)
{
    static const struct {
        uint64_t lo, hi, max;
        const char *entries;
    } rows[] = {
        {11, 11, RC_NO_LIMIT, ""},
        {21, 21, RC_NO_LIMIT, ""},
        {11, 13, RC_NO_LIMIT, "11/1 12/1"},
        {14, 16, RC_NO_LIMIT, "14/1 15/1"},
        {15, 17, RC_NO_LIMIT, "15/1 16/2"},
        {16, 18, RC_NO_LIMIT, "16/2 17/2"},
        {20, 21, RC_NO_LIMIT, "20/2"},
        {14, 18, RC_NO_LIMIT, "14/1 15/1 16/2 17/2"},
        {14, 18, RC_NO_LIMIT - 1, "14/1 15/1 16/2 17/2"},
        {14, 18, 0, "14/1"},
        {14, 18, 6, "14/1"},
        {14, 18, 11, "14/1"},
        {14, 18, 12, "14/1 15/1"},
        {14, 18, 17, "14/1 15/1"},
        {14, 18, 18, "14/1 15/1 16/2"},
        {14, 18, 23, "14/1 15/1 16/2"},
        {14, 18, 24, "14/1 15/1 16/2 17/2"},
        {13, 18, 12, "13/1 14/1"},
        {16, 21, 0, "16/2"},
        {16, 21, 13, "16/2 17/2"},
        {20, 21, 1, "20/2"},
    };
    struct pair pair = make_long();
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_entries run;
        ck_assert_int_eq(
            raftlog_slice(&pair.log, rows[i].lo, rows[i].hi, rows[i].max, &run),
            RC_OK);
        check_taken(run, rows[i].entries);
    }
    release(&pair);
}
END_TEST

/* §4.4: below the first index it is compacted; beyond the end, and backwards,
 * are broken invariants. */
START_TEST(slices_stay_within_the_log)
{
    struct pair pair = make_long();
    struct rc_entries run = {NULL, NULL, 0};
    static const uint64_t compacted[] = {0, 9, 10};
    for (size_t i = 0; i < LENGTH(compacted); i++) {
        ck_assert_int_eq(
            raftlog_slice(&pair.log, compacted[i], 12, RC_NO_LIMIT, &run),
            RC_COMPACTED);
        ck_assert_uint_eq(run.count, 0);
    }
    ASSERT_FATAL("slice[11,22) out of bound [11,20]",
                 (void)raftlog_slice(&pair.log, 11, 22, RC_NO_LIMIT, &run));
    ASSERT_FATAL("slice[22,22) out of bound [11,20]",
                 (void)raftlog_slice(&pair.log, 22, 22, RC_NO_LIMIT, &run));
    ASSERT_FATAL("invalid slice 13 > 12",
                 (void)raftlog_slice(&pair.log, 13, 12, RC_NO_LIMIT, &run));
    ck_assert_int_eq(raftlog_entries(&pair.log, 21, RC_NO_LIMIT, &run), RC_OK);
    ck_assert_uint_eq(run.count, 0);
    release(&pair);
}
END_TEST

/* ---- Storages that answer otherwise --------------------------------------*/

static struct answer {
    enum rc_error error;
    size_t count_max; /* fewer than asked for */
    struct rc_storage real;
} answer;

static enum rc_error odd_entries(void *self, uint64_t lo, uint64_t hi,
                                 uint64_t max_bytes, struct rc_entries *entries)
{
    if (answer.error != RC_OK) {
        return answer.error;
    }
    enum rc_error error = answer.real.entries(self, lo, hi, max_bytes, entries);
    if (error == RC_OK && entries->count > answer.count_max) {
        struct rc_entries part = rc_entries_share(entries, 0, answer.count_max);
        rc_entries_release(entries);
        *entries = part;
    }
    return error;
}

static enum rc_error odd_term(void *self, uint64_t index, uint64_t *term)
{
    return answer.error != RC_OK ? answer.error
                                 : answer.real.term(self, index, term);
}

static struct pair make_odd(enum rc_error error, size_t count_max)
{
    struct pair pair = make_long();
    answer = (struct answer){error, count_max, pair.log.storage};
    pair.log.storage.entries = odd_entries;
    pair.log.storage.term = odd_term;
    return pair;
}

/* §4.1, §4.4: what a storage may return, and what it must not. */
START_TEST(errors_of_the_storage_are_passed_on_or_fatal)
{
    struct rc_entries run;
    uint64_t term = 0;
    struct pair pair = make_odd(RC_COMPACTED, 9);
    ck_assert_int_eq(raftlog_slice(&pair.log, 12, 18, RC_NO_LIMIT, &run),
                     RC_COMPACTED);
    ck_assert_uint_eq(run.count, 0);
    ck_assert_int_eq(raftlog_term(&pair.log, 12, &term), RC_COMPACTED);
    release(&pair);
    pair = make_odd(RC_UNAVAILABLE, 9);
    ck_assert_int_eq(raftlog_term(&pair.log, 12, &term), RC_UNAVAILABLE);
    ASSERT_FATAL("entries[12:16) is unavailable from storage",
                 (void)raftlog_slice(&pair.log, 12, 18, RC_NO_LIMIT, &run));
    release(&pair);
    pair = make_odd(RC_SNAP_LATER, 9);
    ASSERT_FATAL("unexpected error (snapshot is temporarily unavailable)",
                 (void)raftlog_term(&pair.log, 12, &term));
    ASSERT_FATAL("unexpected error (snapshot is temporarily unavailable)",
                 (void)raftlog_slice(&pair.log, 12, 18, RC_NO_LIMIT, &run));
    ck_assert_int_eq(raftlog_term(&pair.log, 16, &term), RC_OK);
    release(&pair);
}
END_TEST

/* §4.4: where the storage gives fewer, nothing of the unstable part follows:
 * there would be a gap. */
START_TEST(short_read_of_the_storage_leaves_no_gap)
{
    struct rc_entries run;
    struct pair pair = make_odd(RC_OK, 2);
    ck_assert_int_eq(raftlog_slice(&pair.log, 12, 18, RC_NO_LIMIT, &run),
                     RC_OK);
    check_taken(run, "12/1 13/1");
    ck_assert_int_eq(raftlog_slice(&pair.log, 14, 18, RC_NO_LIMIT, &run),
                     RC_OK);
    check_taken(run, "14/1 15/1 16/2 17/2");
    release(&pair);
}
END_TEST

struct pages {
    struct rc_entries all;
    size_t count, stop_at, longest;
};

static bool add_page(void *context, const struct rc_entries *page)
{
    struct pages *pages = context;
    rc_entries_append(&pages->all, page->at, page->count);
    pages->longest =
        page->count > pages->longest ? page->count : pages->longest;
    return ++pages->count == pages->stop_at;
}

/* §4.4, scan: all entries in order, by pages, until the callback stops it. */
START_TEST(scan_reads_page_by_page_until_it_is_stopped)
{
    static const struct {
        uint64_t lo, hi, page;
        size_t stop_at, pages, longest;
        const char *entries;
    } rows[] = {
        {11, 11, RC_NO_LIMIT, 0, 0, 0, ""},
        {14, 18, RC_NO_LIMIT, 0, 1, 4, "14/1 15/1 16/2 17/2"},
        {14, 18, 0, 0, 4, 1, "14/1 15/1 16/2 17/2"},
        {14, 18, 12, 0, 2, 2, "14/1 15/1 16/2 17/2"},
        {13, 18, 18, 0, 2, 3, "13/1 14/1 15/1 16/2 17/2"},
        {14, 18, 6, 2, 2, 1, "14/1 15/1"},
        {16, 21, 12, 1, 1, 2, "16/2 17/2"},
    };
    struct pair pair = make_long();
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pages pages = {.stop_at = rows[i].stop_at};
        ck_assert_int_eq(raftlog_scan(&pair.log, rows[i].lo, rows[i].hi,
                                      rows[i].page, add_page, &pages),
                         RC_OK);
        ck_assert_uint_eq(pages.count, rows[i].pages);
        ck_assert_uint_eq(pages.longest, rows[i].longest);
        check_taken(pages.all, rows[i].entries);
    }
    struct pages pages = {.count = 0};
    ck_assert_int_eq(raftlog_scan(&pair.log, 9, 12, 0, add_page, &pages),
                     RC_COMPACTED);
    ck_assert_uint_eq(pages.count, 0);
    release(&pair);
}
END_TEST

/* §4.4: a storage that returns no entry is an error, not asked for ever. */
START_TEST(scan_ends_where_the_storage_gives_nothing)
{
    struct pages pages = {.count = 0};
    struct pair pair = make_odd(RC_OK, 0);
    ck_assert_int_eq(
        raftlog_scan(&pair.log, 12, 18, RC_NO_LIMIT, add_page, &pages),
        RC_UNAVAILABLE);
    ck_assert_uint_eq(pages.count, 0);
    release(&pair);
}
END_TEST

SUITE(raftcore_log_apply)
{
    Suite *suite = suite_create("raftcore_log_apply");
    TCase *apply = tcase_create("applying");
    TCase *read = tcase_create("reading");
    tcase_add_test(apply, committed_entries_not_handed_out_are_next);
    tcase_add_test(apply, next_entries_are_cut_by_what_is_left_of_the_limit);
    tcase_add_test(apply,
                   handing_out_pauses_at_the_limit_and_after_a_cut_batch);
    tcase_add_test(apply, applied_entries_make_room_for_others);
    tcase_add_test(apply, cut_batch_is_followed_once_it_is_applied);
    tcase_add_test(apply, applied_index_stays_between_applied_and_committed);
    tcase_add_test(read, slice_merges_both_parts_under_one_limit);
    tcase_add_test(read, slices_stay_within_the_log);
    tcase_add_test(read, errors_of_the_storage_are_passed_on_or_fatal);
    tcase_add_test(read, short_read_of_the_storage_leaves_no_gap);
    tcase_add_test(read, scan_reads_page_by_page_until_it_is_stopped);
    tcase_add_test(read, scan_ends_where_the_storage_gives_nothing);
    suite_add_tcase(suite, apply);
    suite_add_tcase(suite, read);
    return suite;
}
