/* test_budget.c - budgets bound the work and the memory of a search.
 * Layer: tests. */
#include <stdio.h>
#include <stdlib.h>

#include "lincheck/lincheck.h"
#include "tests/support/large_history.h"
#include "tests/support/suites.h"

static bool at_once(void *asked)
{
    ++*(int *)asked;
    return true;
}

static void expect_unknown(const struct lin_options *options)
{
    struct large_history large = {&lin_register, 5000, 30, 3, 20, SIZE_MAX};
    struct lin_history *history = large_history(&large, 7);
    struct lin_result result;
    lin_check(history, options, &result);
    ck_assert_int_eq(result.verdict, LIN_UNKNOWN);
    for (size_t i = 0; i < result.key_count; i++) {
        ck_assert_int_eq(result.keys[i].verdict, LIN_UNKNOWN);
        ck_assert_ptr_null(result.keys[i].prefix);
    }
    lin_result_release(&result);
    lin_history_free(history);
}

START_TEST(budgets_used_up_give_unknown)
{
    struct lin_options options = lin_default_options;
    int asked = 0;
    options.steps = 100;
    expect_unknown(&options);
    options = lin_default_options;
    options.bytes = 1;
    expect_unknown(&options);
    options = lin_default_options;
    options.stop = at_once;
    options.argument = &asked;
    expect_unknown(&options);
    ck_assert_int_eq(asked, 3);
}
END_TEST

static struct lin_result check_writes(const char *const *lines, size_t count,
                                      const struct lin_options *options)
{
    struct lin_history *history = lin_history_new(&lin_register);
    struct lin_result result;
    for (size_t i = 0; i < count; i++) {
        struct bytes key = bytes_of_text(lines[i]);
        size_t write = lin_call(history, &(struct lin_request){
                                             .at = 2 * (int64_t)i,
                                             .client = (uint32_t)i,
                                             .function = LIN_WRITE,
                                             .key = key,
                                             .value = &key,
                                         });
        lin_return(history, write,
                   &(struct lin_response){.at = 2 * (int64_t)i + 1});
    }
    lin_check(history, options, &result);
    lin_history_free(history);
    return result;
}

/* For each layer, four open swaps: two ways to the next value, so that neither
 * of the two configurations dominates the other. */
static struct lin_history *diamonds(int layers)
{
    static const char *const ways[] = {"a", "b"};
    struct lin_history *history = lin_history_new(&lin_register);
    uint32_t client = 0;
    for (int layer = 0; layer < layers; layer++) {
        for (int way = 0; way < 4; way++) {
            char from[16], to[16];
            snprintf(from, sizeof(from), "s%d", way < 2 ? layer : layer + 1);
            snprintf(to, sizeof(to), "%s%d", ways[way % 2], layer);
            struct bytes begin = bytes_of_text(way < 2 ? from : to);
            struct bytes end = bytes_of_text(way < 2 ? to : from);
            (void)lin_call(history, &(struct lin_request){
                                        .at = 2,
                                        .client = client++,
                                        .function = LIN_CAS,
                                        .expected = &begin,
                                        .value = &end,
                                    });
        }
    }
    return history;
}

/* The budget bounds the work, not only the steps: here a new configuration is
 * compared with many cached ones. */
START_TEST(comparing_costs_steps)
{
    struct lin_history *history = diamonds(12);
    struct bytes first = bytes_of_text("s0"), nobody = bytes_of_text("zz");
    struct lin_options options = lin_default_options;
    struct lin_result result;
    size_t write = lin_call(history, &(struct lin_request){
                                         .at = 0,
                                         .client = 1000,
                                         .function = LIN_WRITE,
                                         .value = &first,
                                     });
    lin_return(history, write, &(struct lin_response){.at = 1});
    size_t read = lin_call(
        history, &(struct lin_request){
                     .at = 1000, .client = 1001, .function = LIN_READ});
    lin_return(history, read,
               &(struct lin_response){.at = 1001, .value = &nobody});
    lin_check(history, &options, &result);
    ck_assert_int_eq(result.verdict, LIN_NOT_LINEARIZABLE);
    /* 0.45 million are steps. */
    ck_assert_uint_gt(result.steps, 700000);
    lin_result_release(&result);
    lin_history_free(history);
}
END_TEST

/* If all keys are checked together, one step can take memory for all keys. */
START_TEST(memory_is_counted_when_it_grows)
{
    enum { KEYS = 10000 };
    char(*names)[16] = calloc(KEYS, sizeof(*names));
    const char **lines = calloc(KEYS, sizeof(*lines));
    struct lin_options options = lin_default_options;
    for (int i = 0; i < KEYS; i++) {
        snprintf(names[i], sizeof(names[i]), "k%d", i);
        lines[i] = names[i];
    }
    options.whole = true;
    options.bytes = 20 << 20;
    struct lin_result result = check_writes(lines, KEYS, &options);
    ck_assert_int_eq(result.verdict, LIN_UNKNOWN);
    ck_assert_uint_lt(result.bytes_peak, 60 << 20);
    lin_result_release(&result);
    free(lines);
    free(names);
}
END_TEST

SUITE(lincheck_budget)
{
    Suite *suite = suite_create("lincheck_budget");
    TCase *tcase = tcase_create("budget");
    tcase_add_test(tcase, budgets_used_up_give_unknown);
    tcase_add_test(tcase, comparing_costs_steps);
    tcase_add_test(tcase, memory_is_counted_when_it_grows);
    suite_add_tcase(suite, tcase);
    return suite;
}
