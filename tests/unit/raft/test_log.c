/* test_log.c - the log and its wire form.
 * Layer: tests. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/raft_fixture.h"
#include "tests/support/suites.h"

static void append_text(struct log *log, uint64_t term, const char *text)
{
    log_append(log, term, bytes_of_text(text));
}

static void check_command(const struct log *log, uint64_t index,
                          const char *text)
{
    ck_assert(bytes_equal(log_command(log, index), bytes_of_text(text)));
}

/* Index 0 with term 0 is the entry that all logs begin with. */
START_TEST(empty_log_ends_at_index_0)
{
    struct log log = {0};
    ck_assert_uint_eq(log_last_index(&log), 0);
    ck_assert_uint_eq(log_last_term(&log), 0);
    ck_assert(log_has(&log, 0, 0));
    ck_assert(!log_has(&log, 1, 0));
    log_release(&log);
}
END_TEST

START_TEST(entries_count_from_1_and_keep_their_commands)
{
    struct log log = {0};
    append_text(&log, 1, "one");
    append_text(&log, 1, ""); /* a command may be empty */
    append_text(&log, 4, "three");
    ck_assert_uint_eq(log_last_index(&log), 3);
    ck_assert_uint_eq(log_last_term(&log), 4);
    ck_assert_uint_eq(log_term(&log, 1), 1);
    check_command(&log, 1, "one");
    check_command(&log, 2, "");
    check_command(&log, 3, "three");
    log_release(&log);
}
END_TEST

START_TEST(log_has_an_entry_only_with_its_term)
{
    struct log log = {0};
    append_text(&log, 1, "a");
    append_text(&log, 3, "b");
    ck_assert(log_has(&log, 2, 3));
    ck_assert(!log_has(&log, 2, 1));
    ck_assert(!log_has(&log, 3, 3));
    log_compact(&log, 2, 3);
    ck_assert(log_has(&log, 2, 3)); /* last of the snapshot: its term is kept */
    ck_assert(!log_has(&log, 1, 1));
    log_release(&log);
}
END_TEST

START_TEST(truncated_log_can_grow_again)
{
    struct log log = {0};
    append_text(&log, 1, "a");
    append_text(&log, 1, "b");
    append_text(&log, 1, "c");
    log_truncate_after(&log, 1);
    ck_assert_uint_eq(log_last_index(&log), 1);
    append_text(&log, 2, "d");
    ck_assert_uint_eq(log_last_index(&log), 2);
    check_command(&log, 1, "a");
    check_command(&log, 2, "d");
    log_truncate_after(&log, 0);
    ck_assert_uint_eq(log_last_index(&log), 0);
    log_release(&log);
}
END_TEST

/* Figure 13, step 6. */
START_TEST(compacting_keeps_what_follows_an_equal_entry)
{
    struct log log = {0};
    append_text(&log, 1, "a");
    append_text(&log, 2, "b");
    append_text(&log, 2, "c");
    log_compact(&log, 2, 2);
    ck_assert_uint_eq(log.last_included_index, 2);
    ck_assert_uint_eq(log_last_index(&log), 3);
    ck_assert_uint_eq(log_term(&log, 2), 2);
    check_command(&log, 3, "c");
    log_release(&log);
}
END_TEST

/* Figure 13, step 7: another term at the index, or no entry there. */
START_TEST(compacting_discards_a_log_without_the_entry)
{
    struct log log = {0};
    append_text(&log, 1, "a");
    append_text(&log, 2, "b");
    append_text(&log, 2, "c");
    log_compact(&log, 2, 3);
    ck_assert_uint_eq(log_last_index(&log), 2);
    ck_assert_uint_eq(log_last_term(&log), 3);
    append_text(&log, 3, "d");
    log_compact(&log, 9, 5);
    ck_assert_uint_eq(log_last_index(&log), 9);
    ck_assert_uint_eq(log_last_term(&log), 5);
    log_release(&log);
}
END_TEST

START_TEST(copied_entries_outlive_the_log)
{
    struct log log = {0};
    append_text(&log, 1, "a");
    append_text(&log, 2, "bb");
    append_text(&log, 2, "");
    size_t count = 9;
    ck_assert_ptr_null(log_copy_from(&log, 4, &count));
    ck_assert_uint_eq(count, 0);
    struct entry *entries = log_copy_from(&log, 2, &count);
    log_release(&log);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(entries[0].term, 2);
    ck_assert(bytes_equal(entries[0].command, bytes_of_text("bb")));
    ck_assert_uint_eq(entries[1].command.size, 0);
    free(entries);
}
END_TEST

/* ---- Against a model ----------------------------------------------------*/

#define MODEL_ENTRIES 4000

struct model {
    uint64_t base, last;
    uint64_t term[MODEL_ENTRIES + 1], number[MODEL_ENTRIES + 1];
};

static void check_against(const struct log *log, const struct model *model)
{
    ck_assert_uint_eq(log->last_included_index, model->base);
    ck_assert_uint_eq(log_last_index(log), model->last);
    ck_assert_uint_eq(log_term(log, model->base), model->term[model->base]);
    for (uint64_t i = model->base + 1; i <= model->last; i++) {
        struct bytes command = log_command(log, i);
        size_t size = (size_t)(model->number[i] % 300);
        ck_assert_uint_eq(log_term(log, i), model->term[i]);
        ck_assert_uint_eq(command.size, size);
        for (size_t k = 0; k < size; k++) {
            ck_assert_uint_eq(command.data[k], (uint8_t)model->number[i]);
        }
    }
}

static void append_both(struct log *log, struct model *model, uint64_t term,
                        uint64_t number)
{
    uint8_t command[300];

    memset(command, (uint8_t)number, sizeof(command));
    log_append(log, term, bytes_of(command, (size_t)(number % 300)));
    model->last++;
    model->term[model->last] = term;
    model->number[model->last] = number;
}

START_TEST(random_operations_agree_with_a_model)
{
    static struct model model;
    struct log log = {0};
    uint64_t draw = 0;

    for (uint64_t step = 1; model.last < MODEL_ENTRIES; step++) {
        draw = draw * 6364136223846793005u + 1442695040888963407u;
        uint64_t length = model.last - model.base;
        uint64_t within = model.base + (draw >> 40) % (length + 1);
        if (draw >> 60 == 0) {
            log_truncate_after(&log, within);
            model.last = within;
        } else if (draw >> 60 == 1 && within > model.base) {
            log_compact(&log, within, model.term[within]);
            model.base = within;
        } else {
            append_both(&log, &model, 1 + step / 50, draw >> 32);
        }
        if (step % 100 == 0) {
            check_against(&log, &model);
        }
    }
    check_against(&log, &model);
    log_release(&log);
}
END_TEST

SUITE(raft_log)
{
    Suite *suite = suite_create("raft_log");
    TCase *tc = tcase_create("log");

    tcase_add_test(tc, empty_log_ends_at_index_0);
    tcase_add_test(tc, entries_count_from_1_and_keep_their_commands);
    tcase_add_test(tc, log_has_an_entry_only_with_its_term);
    tcase_add_test(tc, truncated_log_can_grow_again);
    tcase_add_test(tc, compacting_keeps_what_follows_an_equal_entry);
    tcase_add_test(tc, compacting_discards_a_log_without_the_entry);
    tcase_add_test(tc, copied_entries_outlive_the_log);
    tcase_add_test(tc, random_operations_agree_with_a_model);
    suite_add_tcase(suite, tc);
    return suite;
}
