/* test_log.c - the log: what it has, what is added, committed, read.
 * Layer: tests. docs/raftcore-spec.md §4.4 and §10.4. Handing out what is
 * committed: test_log_apply.c. */
#include "raftcore/raftlog.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

struct pair {
    struct rc_memory_storage *ms;
    struct raftlog log;
};

/* A storage with entries behind 'index', and unstable ones behind those. */
static struct pair make(uint64_t index, uint64_t term, const char *stable,
                        const char *unstable)
{
    struct pair pair = {.ms = make_storage(index, term, stable)};
    raftlog_init(&pair.log, rc_memory_storage_interface(pair.ms), NULL,
                 RC_NO_LIMIT);
    struct rc_entries run = make_run(unstable);
    raftlog_append(&pair.log, run.at, run.count);
    rc_entries_release(&run);
    return pair;
}

static void release(struct pair *pair)
{
    raftlog_release(&pair->log);
    rc_memory_storage_free(pair->ms);
}

static void check_all(const struct raftlog *log, const char *expected)
{
    struct rc_entries run;
    ck_assert_int_eq(
        raftlog_entries(log, raftlog_first_index(log), RC_NO_LIMIT, &run),
        RC_OK);
    check_taken(run, expected);
}

/* §4.4: what a log begins with, and its text. */
START_TEST(log_begins_behind_what_the_storage_has)
{
    struct pair pair = make(3, 2, "4/2 5/3", "");
    struct rc_text text = {NULL, 0, 0};
    ck_assert_uint_eq(raftlog_first_index(&pair.log), 4);
    ck_assert_uint_eq(raftlog_last_index(&pair.log), 5);
    raftlog_text(&pair.log, &text);
    check_text(&text, "committed=3, applied=3, applying=3, unstable.offset=6, "
                      "unstable.offsetInProgress=6, len(unstable.Entries)=0");
    struct rc_entry entry = {.index = 6, .term = 3};
    ck_assert_uint_eq(raftlog_append(&pair.log, &entry, 1), 6);
    unstable_accept_in_progress(&pair.log.unstable);
    raftlog_commit_to(&pair.log, 5);
    raftlog_accept_applying(&pair.log, 5, 10, true);
    raftlog_applied_to(&pair.log, 4, 5);
    raftlog_text(&pair.log, &text);
    check_text(&text, "committed=5, applied=4, applying=5, unstable.offset=6, "
                      "unstable.offsetInProgress=7, len(unstable.Entries)=1");
    release(&pair);
}
END_TEST

/* §4.4, findConflict: the first entry that is not here; 0 if all are. */
START_TEST(conflict_is_the_first_entry_that_is_not_here)
{
    static const struct {
        const char *entries;
        uint64_t conflict;
    } rows[] = {
        {"", 0},
        {"1/1 2/2 3/3", 0},
        {"2/2 3/3", 0},
        {"3/3", 0},
        {"1/1 2/2 3/3 4/4 5/4", 4}, /* new ones only */
        {"2/2 3/3 4/4", 4},
        {"4/4 5/4", 4},
        {"1/4 2/4", 1}, /* another term */
        {"2/1 3/4 4/4", 2},
        {"3/1 4/2 5/4 6/4", 3},
    };
    for (int stable = 0; stable <= 3; stable++) {
        static const char *const parts[][2] = {{"", "1/1 2/2 3/3"},
                                               {"1/1", "2/2 3/3"},
                                               {"1/1 2/2", "3/3"},
                                               {"1/1 2/2 3/3", ""}};
        struct pair pair = make(0, 0, parts[stable][0], parts[stable][1]);
        for (size_t i = 0; i < LENGTH(rows); i++) {
            struct rc_entries run = make_run(rows[i].entries);
            ck_assert_uint_eq(
                raftlog_find_conflict(&pair.log, run.at, run.count),
                rows[i].conflict);
            rc_entries_release(&run);
        }
        release(&pair);
    }
}
END_TEST

/* §4.4, findConflictByTerm: downwards to a term that is not higher, or to where
 * nothing is known. */
START_TEST(conflict_is_found_by_term_downwards)
{
    static const struct {
        uint64_t before, term_before; /* compacted up to it */
        const char *entries;
        uint64_t index, term, found, found_term;
    } rows[] = {
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 100, 2, 100, 0}, /* not known */
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 5, 6, 5, 5},
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 5, 5, 5, 5},
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 5, 4, 2, 2},
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 5, 2, 2, 2},
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 5, 1, 0, 0},
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 1, 2, 1, 2},
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 1, 1, 0, 0},
        {0, 0, "1/2 2/2 3/5 4/5 5/5", 0, 0, 0, 0},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 30, 3, 30, 0},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 14, 9, 14, 4},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 14, 4, 14, 4},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 14, 3, 12, 3},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 14, 2, 9, 0}, /* compacted */
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 11, 5, 11, 3},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 10, 5, 10, 3},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 10, 3, 10, 3},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 10, 2, 9, 0},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 9, 2, 9, 0},
        {10, 3, "11/3 12/3 13/4 14/4 15/4", 4, 2, 4, 0},
        {10, 3, "11/3", UINT64_MAX, 9, UINT64_MAX, 0},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair stable =
            make(rows[i].before, rows[i].term_before, rows[i].entries, "");
        struct pair unstable =
            make(rows[i].before, rows[i].term_before, "", rows[i].entries);
        struct entry_id a = raftlog_find_conflict_by_term(
            &stable.log, rows[i].index, rows[i].term);
        struct entry_id b = raftlog_find_conflict_by_term(
            &unstable.log, rows[i].index, rows[i].term);
        ck_assert_uint_eq(a.index, rows[i].found);
        ck_assert_uint_eq(a.term, rows[i].found_term);
        ck_assert_uint_eq(b.index, a.index);
        ck_assert_uint_eq(b.term, a.term);
        release(&stable);
        release(&unstable);
    }
}
END_TEST

/* §4.4, isUpToDate (paper §5.4.1). */
START_TEST(log_is_at_least_as_good_by_term_then_by_index)
{
    static const struct {
        uint64_t term, index;
        bool good;
    } rows[] = {{4, 2, true},         {4, 3, true},  {4, 9, true},
                {2, 2, false},        {2, 3, false}, {2, 9, false},
                {3, 2, false},        {3, 3, true},  {3, 4, true},
                {UINT64_MAX, 0, true}};
    struct pair pair = make(0, 0, "1/1", "2/2 3/3");
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct entry_id theirs = {rows[i].term, rows[i].index};
        ck_assert_int_eq(raftlog_is_up_to_date(&pair.log, theirs),
                         rows[i].good);
    }
    release(&pair);
}
END_TEST

static void check_committed_stays(struct raftlog *log)
{
    struct rc_entry other = {.index = 1, .term = 5};
    ASSERT_FATAL("after(0) is out of range [committed(1)]",
                 (void)raftlog_append(log, &other, 1));
}

/* §4.4, append: what is not committed is replaced; the rest must not be. */
START_TEST(appended_entries_replace_what_is_not_committed)
{
    static const struct {
        const char *more;
        uint64_t last;
        const char *after;
        uint64_t offset;
    } rows[] = {
        {"", 3, "1/1 2/2 3/2", 3},    {"4/2", 4, "1/1 2/2 3/2 4/2", 3},
        {"3/3", 3, "1/1 2/2 3/3", 3}, {"2/3 3/3 4/3", 4, "1/1 2/3 3/3 4/3", 2},
        {"2/3", 2, "1/1 2/3", 2},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(0, 0, "1/1 2/2", "3/2");
        struct rc_entries run = make_run(rows[i].more);
        raftlog_commit_to(&pair.log, 1);
        ck_assert_uint_eq(raftlog_append(&pair.log, run.at, run.count),
                          rows[i].last);
        ck_assert_uint_eq(raftlog_last_index(&pair.log), rows[i].last);
        ck_assert_uint_eq(pair.log.unstable.offset, rows[i].offset);
        check_all(&pair.log, rows[i].after);
        rc_entries_release(&run);
        check_committed_stays(&pair.log);
        release(&pair);
    }
}
END_TEST

/* §4.4, maybeAppend: Figure 2, AppendEntries steps 2 to 5. */
START_TEST(follower_appends_and_commits_what_fits)
{
    static const struct {
        uint64_t term, index; /* of the entry before */
        const char *entries;
        uint64_t leader_commit;
        bool fits;
        uint64_t last;
        uint64_t commit;
        const char *after;
    } rows[] = {
        {2, 3, "4/4", 3, false, 0, 1, "1/1 2/2 3/3"}, /* another term before */
        {3, 4, "5/4", 3, false, 0, 1, "1/1 2/2 3/3"}, /* nothing before */
        {3, 3, "", 3, true, 3, 3, "1/1 2/2 3/3"},
        {3, 3, "", 9, true, 3, 3, "1/1 2/2 3/3"}, /* no farther than checked */
        {3, 3, "", 2, true, 3, 2, "1/1 2/2 3/3"},
        {3, 3, "", 0, true, 3, 1, "1/1 2/2 3/3"}, /* never back */
        {0, 0, "", 3, true, 0, 1, "1/1 2/2 3/3"},
        {2, 2, "", 3, true, 2, 2, "1/1 2/2 3/3"},
        {3, 3, "4/4", 3, true, 4, 3, "1/1 2/2 3/3 4/4"},
        {3, 3, "4/4", 9, true, 4, 4, "1/1 2/2 3/3 4/4"},
        {3, 3, "4/4 5/4", 4, true, 5, 4, "1/1 2/2 3/3 4/4 5/4"},
        {3, 3, "4/4", UINT64_MAX, true, 4, 4, "1/1 2/2 3/3 4/4"},
        {2, 2, "3/4", 3, true, 3, 3, "1/1 2/2 3/4"},
        {1, 1, "2/4", 3, true, 2, 2, "1/1 2/4"},
        {1, 1, "2/2", 3, true, 2, 2, "1/1 2/2 3/3"}, /* is here: cuts nothing */
        {1, 1, "2/2 3/4 4/4", 2, true, 4, 2, "1/1 2/2 3/4 4/4"},
        {0, 0, "1/1 2/2", 2, true, 2, 2, "1/1 2/2 3/3"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(0, 0, "1/1", "2/2 3/3");
        struct rc_entries run = make_run(rows[i].entries);
        struct log_slice slice = {
            {rows[i].term, rows[i].index}, run.at, run.count};
        uint64_t last = 0;
        raftlog_commit_to(&pair.log, 1);
        ck_assert_int_eq(raftlog_maybe_append(&pair.log, &slice,
                                              rows[i].leader_commit, &last),
                         rows[i].fits);
        ck_assert_uint_eq(last, rows[i].last);
        ck_assert_uint_eq(pair.log.committed, rows[i].commit);
        check_all(&pair.log, rows[i].after);
        rc_entries_release(&run);
        release(&pair);
    }
}
END_TEST

/* §4.4: a committed entry never changes. */
START_TEST(conflict_with_a_committed_entry_is_a_broken_invariant)
{
    struct pair pair = make(0, 0, "1/1", "2/2 3/3");
    struct rc_entries run = make_run("1/4");
    struct log_slice slice = {{0, 0}, run.at, run.count};
    uint64_t last = 0;
    raftlog_commit_to(&pair.log, 1);
    ASSERT_FATAL("entry 1 conflict with committed entry [committed(1)]",
                 (void)raftlog_maybe_append(&pair.log, &slice, 3, &last));
    check_all(&pair.log, "1/1 2/2 3/3");
    rc_entries_release(&run);
    release(&pair);
}
END_TEST

/* §4.4, commitTo: never back, never beyond the end. */
START_TEST(commit_goes_forward_within_the_log)
{
    struct pair pair = make(0, 0, "1/1", "2/2 3/3");
    raftlog_commit_to(&pair.log, 2);
    ck_assert_uint_eq(pair.log.committed, 2);
    raftlog_commit_to(&pair.log, 3);
    ck_assert_uint_eq(pair.log.committed, 3);
    raftlog_commit_to(&pair.log, 1);
    ck_assert_uint_eq(pair.log.committed, 3);
    ASSERT_FATAL("tocommit(4) is out of range [lastIndex(3)]. Was the raft log "
                 "corrupted, truncated, or lost?",
                 raftlog_commit_to(&pair.log, 4));
    release(&pair);
}
END_TEST

/* §4.4, maybeCommit: only an entry that is here, of this term, and new. */
START_TEST(leader_commits_only_by_an_entry_of_the_named_term)
{
    static const struct {
        struct entry_id at;
        uint64_t committed; /* 1: nothing happens */
    } rows[] = {
        {{3, 3}, 3}, {{2, 2}, 2}, {{3, 2}, 1}, {{2, 3}, 1}, /* of its term */
        {{1, 1}, 1}, {{0, 3}, 1}, {{0, 0}, 1}, {{3, 4}, 1}, {{0, 9}, 1},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(0, 0, "1/1", "2/2 3/3");
        raftlog_commit_to(&pair.log, 1);
        ck_assert_int_eq(raftlog_maybe_commit(&pair.log, rows[i].at),
                         rows[i].committed > 1);
        ck_assert_uint_eq(pair.log.committed, rows[i].committed);
        release(&pair);
    }
    /* Term 0 is of nothing, even where entries should have it. */
    struct pair odd = make(0, 0, "1/0", "2/0");
    ck_assert(!raftlog_maybe_commit(&odd.log, (struct entry_id){0, 2}));
    ck_assert_uint_eq(odd.log.committed, 0);
    release(&odd);
}
END_TEST

/* ---- Terms and bounds ----------------------------------------------------*/

static void check_term(const struct raftlog *log, uint64_t index,
                       enum rc_error error, uint64_t expected)
{
    uint64_t term = 0;
    ck_assert_int_eq(raftlog_term(log, index, &term), error);
    ck_assert_uint_eq(term, expected);
    struct entry_id id = {expected, index};
    ck_assert_int_eq(raftlog_match_term(log, id), error == RC_OK);
    id.term++;
    ck_assert(!raftlog_match_term(log, id));
}

/* §4.4, term: from the entry before the first up to the last. */
START_TEST(terms_are_known_from_before_the_first_to_the_last)
{
    struct pair pair = make(100, 1, "101/5 102/6", "103/7 104/7");
    check_term(&pair.log, 0, RC_COMPACTED, 0);
    check_term(&pair.log, 99, RC_COMPACTED, 0);
    check_term(&pair.log, 100, RC_OK, 1);
    check_term(&pair.log, 101, RC_OK, 5);
    check_term(&pair.log, 102, RC_OK, 6);
    check_term(&pair.log, 103, RC_OK, 7);
    check_term(&pair.log, 104, RC_OK, 7);
    check_term(&pair.log, 105, RC_UNAVAILABLE, 0);
    check_term(&pair.log, UINT64_MAX - 1, RC_UNAVAILABLE, 0);
    release(&pair);
}
END_TEST

/* §4.4: between the storage and an unstable snapshot nothing is known; entries
 * before the snapshot are compacted, though the storage has them. */
START_TEST(nothing_is_known_before_an_unstable_snapshot)
{
    struct pair pair = make(100, 1, "101/1", "");
    struct rc_snapshot *snapshot = make_snapshot(105, 3);
    raftlog_restore(&pair.log, snapshot);
    check_term(&pair.log, 100, RC_COMPACTED, 0);
    check_term(&pair.log, 101, RC_COMPACTED, 0);
    check_term(&pair.log, 102, RC_COMPACTED, 0);
    check_term(&pair.log, 104, RC_COMPACTED, 0);
    check_term(&pair.log, 105, RC_OK, 3);
    check_term(&pair.log, 106, RC_UNAVAILABLE, 0);
    rc_snapshot_drop(snapshot);
    release(&pair);
}
END_TEST

/* §4.4, restore: the log is the snapshot; it is committed, not applied. */
START_TEST(restored_log_is_the_snapshot_alone)
{
    struct pair pair = make(0, 0, "1/1 2/1", "3/2 4/2");
    struct rc_snapshot *snapshot = make_snapshot(1000, 1001), *got = NULL;
    raftlog_restore(&pair.log, snapshot);
    check_all(&pair.log, "");
    ck_assert_uint_eq(raftlog_first_index(&pair.log), 1001);
    ck_assert_uint_eq(raftlog_last_index(&pair.log), 1000);
    ck_assert_uint_eq(raftlog_last_entry_id(&pair.log).term, 1001);
    ck_assert_uint_eq(pair.log.committed, 1000);
    ck_assert_uint_eq(pair.log.applied, 0);
    ck_assert_uint_eq(pair.log.unstable.offset, 1001);
    ck_assert_int_eq(raftlog_snapshot(&pair.log, &got), RC_OK);
    ck_assert_ptr_eq(got, snapshot);
    rc_snapshot_drop(got);
    unstable_stable_snap_to(&pair.log.unstable, 1000);
    ck_assert_int_eq(raftlog_snapshot(&pair.log, &got), RC_OK);
    ck_assert_uint_eq(got->index, 0); /* the storage's own */
    rc_snapshot_drop(got);
    rc_snapshot_drop(snapshot);
    release(&pair);
}
END_TEST

/* ---- Saving and compacting -----------------------------------------------*/

/* §10.4, TestNextUnstableEnts and TestStableTo: handed out until saved. */
START_TEST(unstable_entries_are_handed_out_until_saved)
{
    struct pair pair = make(0, 0, "1/1", "2/2 3/2");
    struct rc_entries next = unstable_next_entries(&pair.log.unstable);
    check_run(&next, "2/2 3/2");
    unstable_accept_in_progress(&pair.log.unstable);
    check_taken(unstable_next_entries(&pair.log.unstable), "");
    rc_memory_storage_append(pair.ms, &next);
    unstable_stable_to(&pair.log.unstable, 2, 9);
    ck_assert_uint_eq(pair.log.unstable.offset, 2);
    unstable_stable_to(&pair.log.unstable, 2, 2);
    ck_assert_uint_eq(pair.log.unstable.offset, 3);
    unstable_stable_to(&pair.log.unstable, 3, 2);
    ck_assert_uint_eq(pair.log.unstable.offset, 4);
    check_all(&pair.log, "1/1 2/2 3/2");
    struct pair saved = make(0, 0, "1/1 2/2", "");
    check_taken(unstable_next_entries(&saved.log.unstable), "");
    rc_entries_release(&next);
    release(&pair);
    release(&saved);
}
END_TEST

/* §10.4, TestStableToWithSnap: a pending snapshot does not count as entries. */
START_TEST(saving_entries_behind_a_pending_snapshot)
{
    static const struct {
        uint64_t index, term, offset;
        const char *entries;
    } rows[] = {
        {6, 2, 7, ""},    {5, 2, 6, ""},    {4, 2, 6, ""},
        {6, 3, 6, ""},    {6, 2, 7, "6/2"}, {5, 2, 6, "6/2"},
        {4, 2, 6, "6/2"}, {6, 3, 6, "6/2"}, {5, 3, 6, "6/2"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pair pair = make(0, 0, "", "");
        struct rc_snapshot *snapshot = make_snapshot(5, 2);
        raftlog_restore(&pair.log, snapshot);
        struct rc_entries run = make_run(rows[i].entries);
        raftlog_append(&pair.log, run.at, run.count);
        unstable_stable_to(&pair.log.unstable, rows[i].index, rows[i].term);
        ck_assert_uint_eq(pair.log.unstable.offset,
                          run.count > 0 ? rows[i].offset : 6);
        ck_assert_uint_eq(raftlog_first_index(&pair.log), 6);
        rc_entries_release(&run);
        rc_snapshot_drop(snapshot);
        release(&pair);
    }
}
END_TEST

/* §10.4, TestCompactionSideEffects: only what was compacted is lost. */
START_TEST(log_continues_behind_a_compacted_storage)
{
    struct pair pair = make(0, 0, "1/1 2/2 3/3 4/4", "5/5 6/6");
    raftlog_commit_to(&pair.log, 6);
    raftlog_applied_to(&pair.log, 4, 0);
    ck_assert_int_eq(rc_memory_storage_compact(pair.ms, 3), RC_OK);
    ck_assert_uint_eq(raftlog_first_index(&pair.log), 4);
    ck_assert_uint_eq(raftlog_last_index(&pair.log), 6);
    check_term(&pair.log, 2, RC_COMPACTED, 0);
    for (uint64_t i = 3; i <= 6; i++) {
        check_term(&pair.log, i, RC_OK, i);
    }
    check_taken(unstable_next_entries(&pair.log.unstable), "5/5 6/6");
    struct rc_entry more = {.index = 7, .term = 7};
    ck_assert_uint_eq(raftlog_append(&pair.log, &more, 1), 7);
    check_all(&pair.log, "4/4 5/5 6/6 7/7");
    struct rc_entries run;
    ck_assert_int_eq(raftlog_entries(&pair.log, 3, RC_NO_LIMIT, &run),
                     RC_COMPACTED);
    ck_assert_uint_eq(run.count, 0);
    release(&pair);
}
END_TEST

/* §10.4, TestCompaction: step by step; not twice, and not beyond the end. */
START_TEST(compaction_goes_forward_within_the_storage)
{
    struct pair pair = make(0, 0, "1/1 2/1 3/1 4/2", "");
    static const uint64_t points[] = {1, 3, 4};
    for (size_t i = 0; i < LENGTH(points); i++) {
        ck_assert_int_eq(rc_memory_storage_compact(pair.ms, points[i]), RC_OK);
        ck_assert_uint_eq(raftlog_first_index(&pair.log), points[i] + 1);
        ck_assert_int_eq(rc_memory_storage_compact(pair.ms, points[i]),
                         RC_COMPACTED);
    }
    check_all(&pair.log, "");
    ck_assert_uint_eq(raftlog_last_entry_id(&pair.log).term, 2);
    ASSERT_FATAL("compact 5 is out of bound lastindex(4)",
                 (void)rc_memory_storage_compact(pair.ms, 5));
    release(&pair);
}
END_TEST

static void add_data_tests(TCase *has, TCase *add)
{
    tcase_add_test(has, log_begins_behind_what_the_storage_has);
    tcase_add_test(has, conflict_is_the_first_entry_that_is_not_here);
    tcase_add_test(has, conflict_is_found_by_term_downwards);
    tcase_add_test(has, log_is_at_least_as_good_by_term_then_by_index);
    tcase_add_test(has, terms_are_known_from_before_the_first_to_the_last);
    tcase_add_test(has, nothing_is_known_before_an_unstable_snapshot);
    tcase_add_test(add, appended_entries_replace_what_is_not_committed);
    tcase_add_test(add, follower_appends_and_commits_what_fits);
    tcase_add_test(add, conflict_with_a_committed_entry_is_a_broken_invariant);
    tcase_add_test(add, commit_goes_forward_within_the_log);
    tcase_add_test(add, leader_commits_only_by_an_entry_of_the_named_term);
}

SUITE(raftcore_log)
{
    Suite *suite = suite_create("raftcore_log");
    TCase *has = tcase_create("what it has");
    TCase *add = tcase_create("what is added");
    TCase *save = tcase_create("what is saved");
    add_data_tests(has, add);
    tcase_add_test(save, restored_log_is_the_snapshot_alone);
    tcase_add_test(save, unstable_entries_are_handed_out_until_saved);
    tcase_add_test(save, saving_entries_behind_a_pending_snapshot);
    tcase_add_test(save, log_continues_behind_a_compacted_storage);
    tcase_add_test(save, compaction_goes_forward_within_the_storage);
    suite_add_tcase(suite, has);
    suite_add_tcase(suite, add);
    suite_add_tcase(suite, save);
    return suite;
}
