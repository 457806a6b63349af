/* test_entry.c - entries, their sizes, and runs that several hold; states
 * and sets of ids.
 * Layer: tests. docs/raftcore-spec.md §1.2, §1.3, §2.4, §10.1. */
#include <string.h>

#include "base/random.h"
#include "raftcore/inflights.h"
#include "raftcore/message.h"
#include "raftcore/raftlog.h"
#include "raftcore/wire.h"
#include "tests/support/rc_helper.h"
#include "tests/support/suites.h"

/* §1.3: the size of an entry is that of its wire form; all numbers count, and
 * data counts if there is any, even of no bytes. */
START_TEST(size_of_an_entry_is_that_of_its_wire_form)
{
    static const uint64_t numbers[] = {
        0, 1,         127, 128, 16383, 16384, UINT64_MAX, UINT64_MAX / 2,
        9, 1ull << 62};
    static const uint64_t lengths[] = {1, 1, 1, 2, 2, 3, 10, 9, 1, 9};
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        struct rc_entry entry = {.index = numbers[i], .term = 1};
        ck_assert_uint_eq(rc_entry_size(&entry), 5 + lengths[i]);
        entry.term = numbers[i];
        ck_assert_uint_eq(rc_entry_size(&entry), 4 + 2 * lengths[i]);
        struct rc_bytes wire = rc_wire_encode_entry(&entry);
        ck_assert_uint_eq(wire.size, rc_entry_size(&entry));
        rc_bytes_free(&wire);
    }
    static const size_t sizes[] = {0, 1, 127, 128, 20000};
    static const uint64_t heads[] = {2, 2, 2, 3, 4};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        struct rc_entry entry = {
            .index = 1, .term = 1, .data = rc_payload_new(sizes[i])};
        memset(entry.data->bytes, 'x', sizes[i]);
        ck_assert_uint_eq(rc_entry_size(&entry), 6 + heads[i] + sizes[i]);
        struct rc_bytes wire = rc_wire_encode_entry(&entry);
        ck_assert_uint_eq(wire.size, rc_entry_size(&entry));
        rc_bytes_free(&wire);
        rc_payload_drop(entry.data);
    }
}
END_TEST

/* §1.3 and §10.1: the payload is the data alone; an empty entry has none. */
START_TEST(payload_of_an_empty_entry_is_0)
{
    struct rc_entry entries[] = {make_entry(1, 1, NULL), make_entry(2, 1, ""),
                                 make_entry(3, 1, "four"),
                                 make_entry(4, 1, "12")};
    ck_assert_uint_eq(rc_entries_payload(&entries[0], 1), 0);
    ck_assert_uint_eq(rc_entries_payload(&entries[1], 1), 0);
    ck_assert_uint_eq(rc_entries_payload(entries, 4), 6);
    ck_assert_uint_eq(rc_entries_payload(entries, 0), 0);
    ck_assert_uint_eq(rc_entries_size(entries, 4), 6 + 8 + 12 + 10);
    for (size_t i = 0; i < LENGTH(entries); i++) {
        rc_payload_drop(entries[i].data);
    }
}
END_TEST

/* §4.4, limitSize: the longest prefix within the limit, never empty. */
START_TEST(prefix_within_a_size_is_never_empty)
{
    struct rc_entries run = make_run("4/4 5/5 6/6"); /* 6 bytes each */
    static const struct {
        uint64_t max;
        size_t count;
    } rows[] = {{RC_NO_LIMIT, 3}, {RC_NO_LIMIT - 1, 3},
                {0, 1},           {5, 1},
                {6, 1},           {11, 1},
                {12, 2},          {17, 2},
                {18, 3}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        ck_assert_uint_eq(rc_entries_within(run.at, run.count, rows[i].max),
                          rows[i].count);
    }
    ck_assert_uint_eq(rc_entries_within(run.at, 0, 0), 0);
    ck_assert_uint_eq(rc_entries_within(run.at, 0, RC_NO_LIMIT), 0);
    rc_entries_release(&run);
}
END_TEST

/* §1.2: the table, number by number. */
START_TEST(local_types_and_responses_are_those_of_the_table)
{
    static const char table[] = /* l: local, r: response, b: both */
        "ll--r-r--rbll---r-rlblb-";
    ck_assert_uint_eq(strlen(table), RC_MESSAGE_TYPE_COUNT);
    for (unsigned i = 0; i < RC_MESSAGE_TYPE_COUNT + 3; i++) {
        char c = i < RC_MESSAGE_TYPE_COUNT ? table[i] : '-';
        enum rc_message_type type = (enum rc_message_type)i;
        ck_assert_int_eq(rc_message_type_local(type), c == 'l' || c == 'b');
        ck_assert_int_eq(rc_message_type_response(type), c == 'r' || c == 'b');
    }
    ck_assert_str_eq(rc_message_type_name(RC_MSG_HUP), "MsgHup");
    ck_assert_int_eq(RC_MSG_STORAGE_APPEND_RESP, 20);
    ck_assert_str_eq(rc_message_type_name(RC_MSG_STORAGE_APPEND_RESP),
                     "MsgStorageAppendResp");
    ck_assert_int_eq(RC_MSG_FORGET_LEADER, 23);
    ck_assert_str_eq(rc_message_type_name(RC_MSG_FORGET_LEADER),
                     "MsgForgetLeader");
}
END_TEST

/* §10.1: an entry is its term and its index. */
START_TEST(entry_is_described_by_term_and_index)
{
    struct rc_memory_storage *ms = make_storage(3, 3, "4/4 5/7");
    struct raftlog log;
    raftlog_init(&log, rc_memory_storage_interface(ms), NULL, RC_NO_LIMIT);
    struct entry_id last = raftlog_last_entry_id(&log);
    ck_assert_uint_eq(last.index, 5);
    ck_assert_uint_eq(last.term, 7);
    ck_assert(raftlog_match_term(&log, last));
    ck_assert(!raftlog_match_term(&log, (struct entry_id){6, 5}));
    ck_assert(!raftlog_match_term(&log, (struct entry_id){7, 4}));
    raftlog_release(&log);
    rc_memory_storage_free(ms);
}
END_TEST

/* §10.1: indexes follow each other, terms do not fall, none is above the
 * leader's. */
START_TEST(slice_of_one_log_has_no_gaps_and_no_falling_terms)
{
    static const struct {
        uint64_t leader, term, index; /* of the entry before */
        const char *entries;
        bool valid;
    } rows[] = {
        {0, 0, 0, "", true},
        {5, 5, 10, "", true},
        {5, 3, 10, "11/3 12/4 13/5", true},
        {5, 5, 10, "11/5", true},
        {4, 5, 10, "", false},
        {5, 3, 10, "11/3 12/6", false}, /* above the leader's */
        {5, 3, 10, "12/3", false},      /* gap */
        {5, 3, 10, "11/3 13/4", false},
        {5, 3, 10, "11/3 11/3", false},
        {5, 3, 10, "10/3", false},
        {5, 3, 10, "11/2", false}, /* falls */
        {5, 3, 10, "11/5 12/4", false},
        {1, 0, 0, "1/1 2/1", true},
        {5, 3, UINT64_MAX, "0/3", false},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct rc_entries run = make_run(rows[i].entries);
        struct log_slice slice = {
            {rows[i].term, rows[i].index}, run.at, run.count};
        ck_assert_msg(log_slice_valid(&slice, rows[i].leader) == rows[i].valid,
                      "row %zu", i);
        rc_entries_release(&run);
    }
}
END_TEST

/* §10.1: what costs memory by the million does not grow unnoticed. */
_Static_assert(sizeof(struct rc_entry) <= 32, "entries are many");
_Static_assert(sizeof(struct rc_message) <= 152, "messages are many");
_Static_assert(sizeof(struct rc_inflight) <= 16, "inflights are many");
START_TEST(structs_that_are_many_stay_small)
{
    ck_assert_uint_le(sizeof(struct rc_hard_state), 24);
    ck_assert_uint_le(sizeof(struct rc_soft_state), 16);
    ck_assert_uint_le(sizeof(struct rc_conf_state), 104);
    ck_assert_uint_le(sizeof(struct rc_snapshot), 136);
    ck_assert_uint_le(sizeof(struct rc_payload), 16);
}
END_TEST

/* §1.3: the order of ids does not matter, every difference does. */
START_TEST(conf_states_are_equal_in_whatever_order)
{
    struct rc_conf_state a = {.voters = make_ids("1 2 3"),
                              .learners = make_ids("5 4 6"),
                              .voters_outgoing = make_ids("9 8 7"),
                              .learners_next = make_ids("10 20 15")};
    struct rc_conf_state b = {.voters = make_ids("2 1 3"),
                              .learners = make_ids("4 5 6"),
                              .voters_outgoing = make_ids("8 9 7"),
                              .learners_next = make_ids("20 10 15")};
    struct rc_ids *lists[] = {&b.voters, &b.learners, &b.voters_outgoing,
                              &b.learners_next};
    ck_assert(rc_conf_state_equivalent(&a, &b));
    ck_assert_uint_eq(b.voters.at[0], 2); /* and looking changes nothing */
    for (size_t i = 0; i < LENGTH(lists); i++) {
        uint64_t was = lists[i]->at[2];
        lists[i]->at[2] = 77;
        ck_assert(!rc_conf_state_equivalent(&a, &b));
        ck_assert(!rc_conf_state_equivalent(&b, &a));
        lists[i]->at[2] = was;
        lists[i]->count--;
        ck_assert(!rc_conf_state_equivalent(&a, &b));
        lists[i]->count++;
    }
    ck_assert(rc_conf_state_equivalent(&a, &b));
    b.auto_leave = true;
    ck_assert(!rc_conf_state_equivalent(&a, &b));
    rc_conf_state_release(&a);
    rc_conf_state_release(&b);
}
END_TEST

/* §2.4: what is empty, and what is equal. */
START_TEST(states_are_empty_or_equal_by_every_field)
{
    ck_assert(rc_hard_state_empty((struct rc_hard_state){0, 0, 0}));
    ck_assert(!rc_hard_state_empty((struct rc_hard_state){1, 0, 0}));
    ck_assert(!rc_hard_state_empty((struct rc_hard_state){0, 1, 0}));
    ck_assert(!rc_hard_state_empty((struct rc_hard_state){0, 0, 1}));
    struct rc_hard_state hs = {1, 2, 3};
    ck_assert(rc_hard_state_equal(hs, (struct rc_hard_state){1, 2, 3}));
    ck_assert(!rc_hard_state_equal(hs, (struct rc_hard_state){2, 2, 3}));
    ck_assert(!rc_hard_state_equal(hs, (struct rc_hard_state){1, 1, 3}));
    ck_assert(!rc_hard_state_equal(hs, (struct rc_hard_state){1, 2, 2}));
    struct rc_soft_state ss = {1, RC_LEADER};
    ck_assert(rc_soft_state_equal(ss, (struct rc_soft_state){1, RC_LEADER}));
    ck_assert(!rc_soft_state_equal(ss, (struct rc_soft_state){2, RC_LEADER}));
    ck_assert(!rc_soft_state_equal(ss, (struct rc_soft_state){1, RC_FOLLOWER}));
    struct rc_snapshot *snapshot = make_snapshot(0, 4);
    ck_assert(rc_snapshot_empty(NULL));
    ck_assert(rc_snapshot_empty(snapshot));
    snapshot->index = 1;
    ck_assert(!rc_snapshot_empty(snapshot));
    rc_snapshot_drop(snapshot);
}
END_TEST

/* ---- Runs ----------------------------------------------------------------*/

/* §14.7: whoever adds or replaces, a run that is held stays. */
START_TEST(held_runs_do_not_see_what_others_append)
{
    struct rc_entries run = make_run("1/1 2/1");
    struct rc_entries held = rc_entries_share(&run, 0, 2);
    struct rc_entry three = {.index = 3, .term = 1};
    struct rc_entry other = {.index = 3, .term = 2};
    rc_entries_append(&run, &three, 1);
    rc_entries_append(&held, &other, 1); /* behind the same two */
    check_run(&run, "1/1 2/1 3/1");
    check_run(&held, "1/1 2/1 3/2");
    rc_entries_cut(&run, 1);
    struct rc_entry two = {.index = 2, .term = 9};
    rc_entries_append(&run, &two, 1);
    check_run(&run, "1/1 2/9");
    check_run(&held, "1/1 2/1 3/2");
    rc_entries_release(&run);
    check_taken(held, "1/1 2/1 3/2");
}
END_TEST

/* Entries of a block live as long as a run of it, with their data. */
START_TEST(data_lives_as_long_as_a_run_that_shows_it)
{
    struct rc_entries run = {NULL, NULL, 0};
    struct rc_entry entry = make_entry(1, 1, "kept");
    rc_entries_append(&run, &entry, 1);
    ck_assert_uint_eq(entry.data->refcount, 2);
    struct rc_entries held = rc_entries_share(&run, 0, 1);
    ck_assert_uint_eq(entry.data->refcount, 2);
    rc_entries_drop_front(&run, 1);
    ck_assert_uint_eq(run.count, 0);
    rc_entries_release(&run);
    ck_assert(rc_bytes_equal(rc_payload_bytes(held.at[0].data),
                             rc_bytes_of_text("kept")));
    rc_entries_release(&held);
    ck_assert_uint_eq(entry.data->refcount, 1);
    rc_payload_drop(entry.data);
}
END_TEST

/* Sharing a lent run copies it. */
START_TEST(lent_runs_are_copied)
{
    struct rc_entry at[] = {{.index = 1, .term = 1}, {.index = 2, .term = 1}};
    struct rc_entries lent = {NULL, at, 2};
    struct rc_entries held = rc_entries_share(&lent, 1, 2);
    at[1].term = 5;
    check_taken(held, "2/1");
    check_taken(rc_entries_share(&lent, 1, 1), "");
}
END_TEST

START_TEST(joined_runs_are_one_behind_the_other)
{
    struct rc_entries a = make_run("1/1 2/1"), b = make_run("3/2");
    struct rc_entries none = {NULL, NULL, 0};
    check_taken(rc_entries_join(&a, &b), "1/1 2/1 3/2");
    check_taken(rc_entries_join(&none, &b), "3/2");
    check_taken(rc_entries_join(&a, &none), "1/1 2/1");
    check_taken(rc_entries_join(&none, &none), "");
    check_taken(a, "1/1 2/1");
    check_taken(b, "3/2");
}
END_TEST

enum { HOLDERS = 8, STEPS = 4000 };

/* A run and what it must show: terms of entries from index first on. */
struct model {
    struct rc_entries run;
    uint64_t terms[64];
    size_t count;
};

static void check_model(const struct model *model)
{
    ck_assert_uint_eq(model->run.count, model->count);
    for (size_t i = 0; i < model->count; i++) {
        ck_assert_uint_eq(model->run.at[i].term, model->terms[i]);
        ck_assert_uint_eq(model->run.at[i].data->size, model->terms[i] % 5);
    }
}

static void append_random(struct model *model, uint64_t step)
{
    uint64_t term = step + 1;
    struct rc_entry entry = {.term = term, .data = rc_payload_new(term % 5)};
    memset(entry.data->bytes, 0, term % 5);
    if (model->count < LENGTH(model->terms)) {
        rc_entries_append(&model->run, &entry, 1);
        model->terms[model->count++] = term;
    }
    rc_payload_drop(entry.data);
}

/* Any mixture of runs that append, cut, drop and share: each sees its own
 * entries and not what the others do. */
START_TEST(shared_runs_never_disturb_each_other)
{
    static struct model models[HOLDERS];
    uint64_t key = random_key_text(1, "holders of runs");
    for (uint64_t step = 0; step < STEPS; step++) {
        uint64_t stream = random_key(key, step);
        struct model *model =
            &models[random_below(random_at(stream, 0), HOLDERS)];
        struct model *other =
            &models[random_below(random_at(stream, 1), HOLDERS)];
        uint64_t to = random_below(random_at(stream, 2), model->count + 1);
        uint64_t from = random_below(random_at(stream, 3), to + 1);
        switch (random_below(random_at(stream, 4), 6)) {
        case 0:
            rc_entries_cut(&model->run, to);
            model->count = to;
            break;
        case 1:
            rc_entries_drop_front(&model->run, from);
            model->count -= from;
            memmove(model->terms, model->terms + from,
                    model->count * sizeof(model->terms[0]));
            break;
        case 2:
            if (other != model) {
                rc_entries_release(&other->run);
                other->run = rc_entries_share(&model->run, from, to);
                other->count = to - from;
                memcpy(other->terms, model->terms + from,
                       other->count * sizeof(other->terms[0]));
            }
            break;
        default:
            append_random(model, step);
        }
        check_model(model);
        check_model(other);
    }
    for (size_t i = 0; i < HOLDERS; i++) {
        check_model(&models[i]);
        rc_entries_release(&models[i].run);
    }
}
END_TEST

/* ---- Sets ----------------------------------------------------------------*/

START_TEST(sets_of_ids_are_ascending_and_without_repeats)
{
    struct rc_ids ids = {NULL, 0, 0}, same;
    static const uint64_t added[] = {16, 3, UINT64_MAX, 10, 3, 1, 16};
    size_t news = 0;
    for (size_t i = 0; i < LENGTH(added); i++) {
        news += rc_ids_add(&ids, added[i]);
    }
    ck_assert_uint_eq(news, 5);
    ck_assert_uint_eq(ids.count, 5);
    for (size_t i = 1; i < ids.count; i++) {
        ck_assert_uint_lt(ids.at[i - 1], ids.at[i]);
    }
    rc_ids_copy(&same, &ids);
    ck_assert(rc_ids_equal(&ids, &same));
    ck_assert(rc_ids_has(&ids, UINT64_MAX));
    ck_assert(!rc_ids_has(&ids, 2));
    ck_assert(rc_ids_remove(&ids, 10));
    ck_assert(!rc_ids_remove(&ids, 10));
    ck_assert(!rc_ids_has(&ids, 10));
    ck_assert(!rc_ids_equal(&ids, &same));
    rc_ids_release(&ids);
    rc_ids_release(&same);
}
END_TEST

SUITE(raftcore_entry)
{
    Suite *suite = suite_create("raftcore_entry");
    TCase *sizes = tcase_create("sizes and facts");
    TCase *runs = tcase_create("runs");
    tcase_add_test(sizes, size_of_an_entry_is_that_of_its_wire_form);
    tcase_add_test(sizes, payload_of_an_empty_entry_is_0);
    tcase_add_test(sizes, prefix_within_a_size_is_never_empty);
    tcase_add_test(sizes, local_types_and_responses_are_those_of_the_table);
    tcase_add_test(sizes, entry_is_described_by_term_and_index);
    tcase_add_test(sizes, slice_of_one_log_has_no_gaps_and_no_falling_terms);
    tcase_add_test(sizes, structs_that_are_many_stay_small);
    tcase_add_test(sizes, conf_states_are_equal_in_whatever_order);
    tcase_add_test(sizes, states_are_empty_or_equal_by_every_field);
    tcase_add_test(sizes, sets_of_ids_are_ascending_and_without_repeats);
    tcase_add_test(runs, held_runs_do_not_see_what_others_append);
    tcase_add_test(runs, data_lives_as_long_as_a_run_that_shows_it);
    tcase_add_test(runs, lent_runs_are_copied);
    tcase_add_test(runs, joined_runs_are_one_behind_the_other);
    tcase_add_test(runs, shared_runs_never_disturb_each_other);
    suite_add_tcase(suite, sizes);
    suite_add_tcase(suite, runs);
    return suite;
}
