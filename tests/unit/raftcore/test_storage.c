/* test_storage.c - the storage that keeps everything in memory.
 * Layer: tests. docs/raftcore-spec.md §4.1, §4.2 and §10.2. */
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

/* Compacted up to 3/3, with 4/4 and 5/5 behind it. */
static struct rc_memory_storage *make(void)
{
    return make_storage(3, 3, "4/4 5/5");
}

static void append(struct rc_memory_storage *ms, const char *entries)
{
    struct rc_entries run = make_run(entries);
    rc_memory_storage_append(ms, &run);
    rc_entries_release(&run);
}

static uint64_t first_of(struct rc_memory_storage *ms)
{
    return rc_memory_storage_interface(ms).first_index(ms);
}

static uint64_t last_of(struct rc_memory_storage *ms)
{
    return rc_memory_storage_interface(ms).last_index(ms);
}

static enum rc_error term_of(struct rc_memory_storage *ms, uint64_t index,
                             uint64_t *term)
{
    *term = 0;
    return rc_memory_storage_interface(ms).term(ms, index, term);
}

/* All from the first entry on. */
static void check_all(struct rc_memory_storage *ms, const char *expected)
{
    struct rc_entries run = {NULL, NULL, 0};
    uint64_t first = first_of(ms), last = last_of(ms);
    if (first <= last) {
        ck_assert_int_eq(rc_memory_storage_interface(ms).entries(
                             ms, first, last + 1, RC_NO_LIMIT, &run),
                         RC_OK);
    }
    check_taken(run, expected);
}

/* §4.2: the first index is 1, and term 0 is known of index 0. */
START_TEST(new_storage_is_empty_before_index_1)
{
    struct rc_memory_storage *ms = rc_memory_storage_new();
    struct rc_storage face = rc_memory_storage_interface(ms);
    struct rc_hard_state hs = {1, 1, 1};
    struct rc_conf_state cs;
    uint64_t term = 7;
    ck_assert_uint_eq(face.first_index(ms), 1);
    ck_assert_uint_eq(face.last_index(ms), 0);
    ck_assert_int_eq(face.term(ms, 0, &term), RC_OK);
    ck_assert_uint_eq(term, 0);
    ck_assert_int_eq(face.initial_state(ms, &hs, &cs), RC_OK);
    ck_assert(rc_hard_state_empty(hs));
    ck_assert_uint_eq(cs.voters.count, 0);
    struct rc_entries run = {NULL, NULL, 0};
    ck_assert_int_eq(face.entries(ms, 1, 1, RC_NO_LIMIT, &run), RC_UNAVAILABLE);
    struct rc_snapshot *snapshot = NULL;
    ck_assert_int_eq(face.snapshot(ms, &snapshot), RC_OK);
    ck_assert(rc_snapshot_empty(snapshot));
    rc_snapshot_drop(snapshot);
    rc_conf_state_release(&cs);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2, Term: from the point of compaction up to the last entry. */
START_TEST(terms_are_known_from_the_compacted_entry_on)
{
    static const struct {
        uint64_t index;
        enum rc_error error;
        uint64_t term;
    } rows[] = {{2, RC_COMPACTED, 0},   {3, RC_OK, 3},
                {4, RC_OK, 4},          {5, RC_OK, 5},
                {6, RC_UNAVAILABLE, 0}, {UINT64_MAX, RC_UNAVAILABLE, 0},
                {0, RC_COMPACTED, 0}};
    struct rc_memory_storage *ms = make();
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint64_t term;
        ck_assert_int_eq(term_of(ms, rows[i].index, &term), rows[i].error);
        ck_assert_uint_eq(term, rows[i].term);
    }
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.1, Entries: the longest prefix within the limit, but at least one. Each of
 * these entries takes 6 bytes (§1.3). */
START_TEST(entries_are_cut_by_size_but_never_to_none)
{
    static const struct {
        uint64_t lo, hi, max;
        enum rc_error error;
        const char *entries;
    } rows[] = {
        {2, 6, RC_NO_LIMIT, RC_COMPACTED, ""},
        {3, 4, RC_NO_LIMIT, RC_COMPACTED, ""}, /* its term is known */
        {4, 5, RC_NO_LIMIT, RC_OK, "4/4"},
        {4, 6, RC_NO_LIMIT, RC_OK, "4/4 5/5"},
        {4, 7, RC_NO_LIMIT, RC_OK, "4/4 5/5 6/6"},
        {4, 7, 0, RC_OK, "4/4"},
        {4, 7, 11, RC_OK, "4/4"},
        {4, 7, 12, RC_OK, "4/4 5/5"},
        {4, 7, 17, RC_OK, "4/4 5/5"},
        {4, 7, 18, RC_OK, "4/4 5/5 6/6"},
        {5, 7, 6, RC_OK, "5/5"},
    };
    struct rc_memory_storage *ms = make_storage(3, 3, "4/4 5/5 6/6");
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_entries run = {NULL, NULL, 0};
        ck_assert_int_eq(rc_memory_storage_interface(ms).entries(
                             ms, rows[i].lo, rows[i].hi, rows[i].max, &run),
                         rows[i].error);
        check_taken(run, rows[i].entries);
    }
    struct rc_entries run = {NULL, NULL, 0};
    ASSERT_FATAL(
        "entries' hi(8) is out of bound lastindex(6)",
        rc_memory_storage_interface(ms).entries(ms, 4, 8, RC_NO_LIMIT, &run));
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2: the last index moves with each append. */
START_TEST(last_index_is_of_the_last_entry)
{
    struct rc_memory_storage *ms = make();
    ck_assert_uint_eq(last_of(ms), 5);
    append(ms, "6/5");
    ck_assert_uint_eq(last_of(ms), 6);
    append(ms, "5/6");
    ck_assert_uint_eq(last_of(ms), 5);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2: the first index is one behind what was compacted. */
START_TEST(first_index_is_behind_the_compacted_entry)
{
    struct rc_memory_storage *ms = make();
    ck_assert_uint_eq(first_of(ms), 4);
    ck_assert_int_eq(rc_memory_storage_compact(ms, 4), RC_OK);
    ck_assert_uint_eq(first_of(ms), 5);
    ck_assert_uint_eq(last_of(ms), 5);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2, Compact: its index and term stay known, earlier entries are dropped. */
START_TEST(compacting_keeps_the_term_of_the_last_that_went)
{
    static const struct {
        uint64_t index;
        enum rc_error error;
        uint64_t first, term;
        const char *left;
    } rows[] = {
        {2, RC_COMPACTED, 4, 3, "4/4 5/5 6/5"},
        {3, RC_COMPACTED, 4, 3, "4/4 5/5 6/5"},
        {4, RC_OK, 5, 4, "5/5 6/5"},
        {5, RC_OK, 6, 5, "6/5"},
        {6, RC_OK, 7, 5, ""},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_memory_storage *ms = make_storage(3, 3, "4/4 5/5 6/5");
        uint64_t term;
        ck_assert_int_eq(rc_memory_storage_compact(ms, rows[i].index),
                         rows[i].error);
        ck_assert_uint_eq(first_of(ms), rows[i].first);
        ck_assert_uint_eq(last_of(ms), 6);
        ck_assert_int_eq(term_of(ms, rows[i].first - 1, &term), RC_OK);
        ck_assert_uint_eq(term, rows[i].term);
        check_all(ms, rows[i].left);
        rc_memory_storage_free(ms);
    }
    struct rc_memory_storage *ms = make();
    ASSERT_FATAL("compact 6 is out of bound lastindex(5)",
                 (void)rc_memory_storage_compact(ms, 6));
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2: a compacted storage takes further entries, and still has the snapshot
 * that was made before. */
START_TEST(compacted_storage_takes_entries)
{
    struct rc_memory_storage *ms = make();
    ck_assert_int_eq(rc_memory_storage_compact(ms, 5), RC_OK);
    append(ms, "6/6 7/6");
    check_all(ms, "6/6 7/6");
    ck_assert_int_eq(rc_memory_storage_compact(ms, 6), RC_OK);
    check_all(ms, "7/6");
    struct rc_snapshot *snapshot = NULL;
    ck_assert_int_eq(rc_memory_storage_interface(ms).snapshot(ms, &snapshot),
                     RC_OK);
    ck_assert_uint_eq(snapshot->index, 3);
    rc_snapshot_drop(snapshot);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2, CreateSnapshot: index, term, configuration and data; the caller's
 * configuration is its own afterwards. */
START_TEST(created_snapshot_has_its_own_copy_of_the_configuration)
{
    for (uint64_t index = 4; index <= 5; index++) {
        struct rc_memory_storage *ms = make();
        struct rc_conf_state cs = {.voters = make_ids("1 2 3")};
        struct rc_payload *data = make_payload("state");
        struct rc_snapshot *made = NULL, *kept = NULL;
        ck_assert_int_eq(
            rc_memory_storage_create_snapshot(ms, index, &cs, data, &made),
            RC_OK);
        cs.voters.at[0] = 9;
        rc_conf_state_release(&cs);
        rc_payload_drop(data);
        ck_assert_uint_eq(made->index, index);
        ck_assert_uint_eq(made->term, index);
        ck_assert_uint_eq(made->conf_state.voters.count, 3);
        ck_assert_uint_eq(made->conf_state.voters.at[0], 1);
        ck_assert(rc_bytes_equal(rc_payload_bytes(made->data),
                                 rc_bytes_of_text("state")));
        rc_snapshot_drop(made);
        ck_assert_int_eq(rc_memory_storage_interface(ms).snapshot(ms, &kept),
                         RC_OK);
        ck_assert_uint_eq(kept->index, index);
        ck_assert_uint_eq(kept->conf_state.voters.at[2], 3);
        rc_snapshot_drop(kept);
        check_all(ms, "4/4 5/5"); /* nothing is compacted */
        rc_memory_storage_free(ms);
    }
}
END_TEST

/* §4.2: without a configuration that of the former snapshot stays; references
 * to the former one see no change. */
START_TEST(created_snapshot_keeps_the_configuration_if_none_is_given)
{
    struct rc_memory_storage *ms = make();
    struct rc_conf_state cs = {.voters = make_ids("7 8")};
    struct rc_snapshot *old = NULL, *next = NULL;
    ck_assert_int_eq(rc_memory_storage_create_snapshot(ms, 4, &cs, NULL, &old),
                     RC_OK);
    ck_assert_int_eq(
        rc_memory_storage_create_snapshot(ms, 5, NULL, NULL, &next), RC_OK);
    ck_assert_uint_eq(old->index, 4);
    ck_assert_uint_eq(next->index, 5);
    ck_assert(rc_conf_state_equivalent(&next->conf_state, &cs));
    ck_assert_ptr_null(next->data);
    rc_snapshot_drop(old);
    rc_snapshot_drop(next);
    rc_conf_state_release(&cs);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2: a snapshot of what the last one has is out of date; one of entries that
 * are not here is a broken invariant. */
START_TEST(snapshot_is_created_of_entries_that_are_here)
{
    struct rc_memory_storage *ms = make();
    ck_assert_int_eq(rc_memory_storage_create_snapshot(ms, 3, NULL, NULL, NULL),
                     RC_SNAP_OUT_OF_DATE);
    ck_assert_int_eq(rc_memory_storage_create_snapshot(ms, 2, NULL, NULL, NULL),
                     RC_SNAP_OUT_OF_DATE);
    ASSERT_FATAL(
        "snapshot 6 is out of bound lastindex(5)",
        (void)rc_memory_storage_create_snapshot(ms, 6, NULL, NULL, NULL));
    ck_assert_int_eq(rc_memory_storage_create_snapshot(ms, 5, NULL, NULL, NULL),
                     RC_OK);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2, Append: overlap truncates, what is compacted is left out. */
START_TEST(appended_entries_replace_others)
{
    static const struct {
        const char *more, *after;
    } rows[] = {
        {"", "4/4 5/5"},
        {"1/1 2/2", "4/4 5/5"},
        {"3/3", "4/4 5/5"},
        {"3/3 4/4 5/5", "4/4 5/5"},
        {"3/3 4/6 5/6", "4/6 5/6"},
        {"3/3 4/4 5/5 6/5", "4/4 5/5 6/5"},
        {"2/3 3/3 4/5", "4/5"}, /* the rest is truncated */
        {"4/5", "4/5"},
        {"5/6 6/6", "4/4 5/6 6/6"},
        {"6/6", "4/4 5/5 6/6"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_memory_storage *ms = make();
        append(ms, rows[i].more);
        check_all(ms, rows[i].after);
        rc_memory_storage_free(ms);
    }
}
END_TEST

START_TEST(gap_before_appended_entries_is_a_broken_invariant)
{
    struct rc_memory_storage *ms = make();
    struct rc_entries run = make_run("7/7");
    ASSERT_FATAL("missing log entry [last: 5, append at: 7]",
                 rc_memory_storage_append(ms, &run));
    rc_entries_release(&run);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2 and §14.7: earlier readers keep what they have read. */
START_TEST(entries_that_were_read_stay_after_an_overwrite)
{
    struct rc_memory_storage *ms = make();
    struct rc_entries held = {NULL, NULL, 0}, more = {NULL, NULL, 0};
    ck_assert_int_eq(
        rc_memory_storage_interface(ms).entries(ms, 4, 6, RC_NO_LIMIT, &held),
        RC_OK);
    append(ms, "5/6 6/6");
    append(ms, "7/6");
    ck_assert_int_eq(
        rc_memory_storage_interface(ms).entries(ms, 5, 8, RC_NO_LIMIT, &more),
        RC_OK);
    ck_assert_int_eq(rc_memory_storage_compact(ms, 7), RC_OK);
    append(ms, "8/7");
    rc_memory_storage_free(ms);
    check_taken(held, "4/4 5/5");
    check_taken(more, "5/6 6/6 7/6");
}
END_TEST

/* §4.2, ApplySnapshot: a newer one takes the place of everything. */
START_TEST(newer_snapshot_replaces_the_log)
{
    struct rc_memory_storage *ms = make();
    struct rc_snapshot *newer = make_snapshot(8, 6);
    newer->conf_state.voters = make_ids("1 2");
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, newer), RC_OK);
    uint64_t term;
    ck_assert_uint_eq(first_of(ms), 9);
    ck_assert_uint_eq(last_of(ms), 8);
    ck_assert_int_eq(term_of(ms, 8, &term), RC_OK);
    ck_assert_uint_eq(term, 6);
    ck_assert_int_eq(term_of(ms, 5, &term), RC_COMPACTED);
    struct rc_hard_state hs;
    struct rc_conf_state cs;
    rc_memory_storage_interface(ms).initial_state(ms, &hs, &cs);
    ck_assert(rc_conf_state_equivalent(&cs, &newer->conf_state));
    rc_conf_state_release(&cs);
    /* The same again, and an older one. */
    struct rc_snapshot *older = make_snapshot(7, 6);
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, newer),
                     RC_SNAP_OUT_OF_DATE);
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, older),
                     RC_SNAP_OUT_OF_DATE);
    ck_assert_uint_eq(last_of(ms), 8);
    rc_snapshot_drop(older);
    rc_snapshot_drop(newer);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2: at index 0 over index 0 it brings a configuration, as often as it is
 * wanted; over a real one it is out of date. */
START_TEST(snapshot_of_index_0_brings_a_configuration)
{
    struct rc_memory_storage *ms = rc_memory_storage_new();
    struct rc_snapshot *zero = make_snapshot(0, 0);
    zero->conf_state.voters = make_ids("10 11");
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, zero), RC_OK);
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, zero), RC_OK);
    struct rc_hard_state hs;
    struct rc_conf_state cs;
    rc_memory_storage_interface(ms).initial_state(ms, &hs, &cs);
    ck_assert_uint_eq(cs.voters.count, 2);
    ck_assert_uint_eq(cs.voters.at[1], 11);
    ck_assert_uint_eq(first_of(ms), 1);
    rc_conf_state_release(&cs);
    struct rc_snapshot *real = make_snapshot(2, 1);
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, real), RC_OK);
    ck_assert_int_eq(rc_memory_storage_apply_snapshot(ms, zero),
                     RC_SNAP_OUT_OF_DATE);
    rc_snapshot_drop(real);
    rc_snapshot_drop(zero);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.2: it counts what it is asked. */
START_TEST(calls_are_counted)
{
    struct rc_memory_storage *ms = make();
    struct rc_storage face = rc_memory_storage_interface(ms);
    struct rc_hard_state hs = {3, 2, 5};
    struct rc_conf_state cs;
    rc_memory_storage_set_hard_state(ms, hs);
    face.initial_state(ms, &hs, &cs);
    ck_assert_uint_eq(hs.term, 3);
    ck_assert_uint_eq(hs.vote, 2);
    ck_assert_uint_eq(hs.commit, 5);
    rc_conf_state_release(&cs);
    face.first_index(ms);
    face.last_index(ms);
    face.last_index(ms);
    const struct rc_storage_calls *calls = rc_memory_storage_calls(ms);
    ck_assert_uint_eq(calls->initial_state, 1);
    ck_assert_uint_eq(calls->first_index, 1);
    ck_assert_uint_eq(calls->last_index, 2);
    ck_assert_uint_eq(calls->entries, 0);
    ck_assert_uint_eq(calls->term, 0);
    ck_assert_uint_eq(calls->snapshot, 0);
    rc_memory_storage_free(ms);
}
END_TEST

/* §4.1: errors have etcd's words. */
START_TEST(errors_of_storages_have_their_texts)
{
    ck_assert_str_eq(rc_error_text(RC_COMPACTED),
                     "requested index is unavailable due to compaction");
    ck_assert_str_eq(rc_error_text(RC_UNAVAILABLE),
                     "requested entry at index is unavailable");
    ck_assert_str_eq(rc_error_text(RC_SNAP_OUT_OF_DATE),
                     "requested index is older than the existing snapshot");
    ck_assert_str_eq(rc_error_text(RC_SNAP_LATER),
                     "snapshot is temporarily unavailable");
}
END_TEST

SUITE(raftcore_storage)
{
    Suite *suite = suite_create("raftcore_storage");
    TCase *read = tcase_create("reading");
    TCase *write = tcase_create("writing");
    TCase *snap = tcase_create("snapshots");
    tcase_add_test(read, new_storage_is_empty_before_index_1);
    tcase_add_test(read, terms_are_known_from_the_compacted_entry_on);
    tcase_add_test(read, entries_are_cut_by_size_but_never_to_none);
    tcase_add_test(read, last_index_is_of_the_last_entry);
    tcase_add_test(read, first_index_is_behind_the_compacted_entry);
    tcase_add_test(read, calls_are_counted);
    tcase_add_test(read, errors_of_storages_have_their_texts);
    tcase_add_test(write, compacting_keeps_the_term_of_the_last_that_went);
    tcase_add_test(write, compacted_storage_takes_entries);
    tcase_add_test(write, appended_entries_replace_others);
    tcase_add_test(write, gap_before_appended_entries_is_a_broken_invariant);
    tcase_add_test(write, entries_that_were_read_stay_after_an_overwrite);
    tcase_add_test(snap,
                   created_snapshot_has_its_own_copy_of_the_configuration);
    tcase_add_test(snap,
                   created_snapshot_keeps_the_configuration_if_none_is_given);
    tcase_add_test(snap, snapshot_is_created_of_entries_that_are_here);
    tcase_add_test(snap, newer_snapshot_replaces_the_log);
    tcase_add_test(snap, snapshot_of_index_0_brings_a_configuration);
    suite_add_tcase(suite, read);
    suite_add_tcase(suite, write);
    suite_add_tcase(suite, snap);
    return suite;
}
