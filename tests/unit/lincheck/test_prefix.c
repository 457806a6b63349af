/* test_prefix.c - the longest linearizable prefix.
 * Layer: tests. Both ways of finding it must agree. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "lincheck/lincheck.h"
#include "lincheck/prefix.h"
#include "tests/support/suites.h"

enum { CLIENTS = 3, EACH = 5, HISTORIES = 4000 };

static size_t call(struct lin_history *history, int64_t at,
                   enum lin_function function, const char *text)
{
    struct bytes value = bytes_of_text(text);
    return lin_call(history, &(struct lin_request){
                                 .at = at,
                                 .function = function,
                                 .key = bytes_of_text("k"),
                                 .value = &value,
                             });
}

static void returns(struct lin_history *history, size_t op, int64_t at,
                    const char *text)
{
    struct bytes value = bytes_of_text(text);
    lin_return(history, op, &(struct lin_response){.at = at, .value = &value});
}

struct draws {
    uint64_t key, count;
};

static uint64_t below(struct draws *draws, uint64_t bound)
{
    return random_below(random_at(draws->key, draws->count++), bound);
}

/* Few different texts and times, so that some responses are right and many
 * operations equal. */
static struct lin_history *draw(uint64_t seed)
{
    static const char *const texts[] = {"", "a", "b", "ab", "ba", "aab"};
    struct lin_history *history = lin_history_new(&lin_kv);
    struct draws draws = {.key = random_key_text(seed, "prefix")};
    for (int client = 0; client < CLIENTS; client++) {
        int64_t at = 0;
        for (int i = 0; i < EACH; i++) {
            uint64_t kind = below(&draws, 8);
            enum lin_function function = kind < 4   ? LIN_READ
                                         : kind < 7 ? LIN_APPEND
                                                    : LIN_WRITE;
            const char *text =
                texts[below(&draws, function == LIN_READ ? 6 : 3)];
            at += (int64_t)below(&draws, 3);
            size_t op = call(history, at, function, text);
            at += (int64_t)below(&draws, 6);
            if (below(&draws, 10) == 0) {
                break; /* open */
            }
            returns(history, op, at, text);
        }
    }
    return history;
}

/* Compare both ways on one history. Return 1 if it is not linearizable. */
static int compare(uint64_t seed)
{
    struct lin_history *history = draw(seed);
    uint32_t ops[CLIENTS * EACH], scratch[CLIENTS * EACH];
    size_t count = lin_op_count(history);
    for (uint32_t i = 0; i < count; i++) {
        ops[i] = i;
    }
    struct partition part;
    partition_init(&part, history, ops, count, scratch);
    uint64_t steps = 0;
    size_t peak = 0;
    struct search_options options = {&lin_default_options, true, &steps, &peak};
    struct search_result found;
    search_run(&part, history, &options, &found);
    bool wrong = found.verdict == LIN_NOT_LINEARIZABLE;
    if (wrong) {
        struct prefix_input input = {&part, history, ops, count, scratch};
        struct prefix bisected = {.order = NULL}, direct;
        prefix_bisect(&bisected, &input, &options, &found);
        prefix_find(&direct, &input, &options, &found);
        ck_assert(bisected.is_certain && direct.is_certain);
        ck_assert_msg(bisected.blocked == direct.blocked,
                      "seed %d: by bisection %zu, directly %zu", (int)seed,
                      bisected.blocked, direct.blocked);
        for (size_t i = 0; i < bisected.order_count; i++) {
            ck_assert_uint_ne(bisected.order[i], bisected.blocked);
        }
        free(bisected.order);
        free(direct.order);
    }
    free(found.order);
    partition_release(&part);
    lin_history_free(history);
    return wrong;
}

START_TEST(bisection_finds_the_same_prefix)
{
    int wrong = 0;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        wrong += compare(seed);
    }
    ck_assert_int_gt(wrong, HISTORIES / 4);
}
END_TEST

/* So many concurrent appends that all their orders cannot be tried, then a
 * response that none of them explains, then an operation that always fits. */
START_TEST(many_orders_do_not_hide_the_prefix)
{
    enum { MANY = 40 };
    struct lin_history *history = lin_history_new(&lin_kv);
    size_t ops[MANY];
    char text[8];
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "%d ", i);
        ops[i] = call(history, i, LIN_APPEND, text);
    }
    for (int i = 0; i < MANY; i++) {
        returns(history, ops[i], MANY + i, "");
    }
    size_t bad = call(history, 1000, LIN_READ, "");
    returns(history, bad, 1001, "nobody");
    size_t after = call(history, 1002, LIN_WRITE, "x");
    returns(history, after, 1003, "");
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    ck_assert_int_eq(result.verdict, LIN_NOT_LINEARIZABLE);
    ck_assert(result.keys[0].is_certain);
    ck_assert_uint_eq(result.keys[0].blocked, bad);
    ck_assert_uint_eq(result.keys[0].prefix_count, MANY);
    ck_assert_uint_lt(result.steps, 1000000);
    lin_result_release(&result);
    /* The history is unchanged. */
    lin_check(history, &lin_default_options, &result);
    ck_assert_uint_eq(result.keys[0].blocked, bad);
    lin_result_release(&result);
    lin_history_free(history);
}
END_TEST

SUITE(lincheck_prefix)
{
    Suite *suite = suite_create("lincheck_prefix");
    TCase *tcase = tcase_create("prefix");
    tcase_add_test(tcase, bisection_finds_the_same_prefix);
    tcase_add_test(tcase, many_orders_do_not_hide_the_prefix);
    suite_add_tcase(suite, tcase);
    return suite;
}
