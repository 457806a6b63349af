/* test_check.c - verdicts of the linearizability checker.
 * Layer: tests. Small histories are also checked by brute force: it tries every
 * order, with models of its own. Large ones come from a correct copy, with or
 * without one fault. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "lincheck/lincheck.h"
#include "tests/support/large_history.h"
#include "tests/support/suites.h"

/* ---- Operations of this test ---------------------------------------------*/

enum { OPS_MAX = 8, TEXT_MAX = 32, OPEN = 1000 };

struct op {
    int call, ret; /* OPEN: never */
    enum lin_function function;
    enum lin_outcome outcome;
    int key;
    char value[TEXT_MAX]; /* "-": nil */
    char expected[TEXT_MAX];
    int version;
};

struct sample {
    const struct lin_model *model;
    struct op ops[OPS_MAX];
    int count;
};

/* One key's data. */
struct copy {
    char text[TEXT_MAX * OPS_MAX];
    int version;
};

static struct bytes bytes_or_nil(const char *text, const struct bytes **at,
                                 struct bytes *room)
{
    *room = bytes_of_text(text);
    *at = strcmp(text, "-") == 0 ? NULL : room;
    return *room;
}

static struct lin_history *build(const struct sample *sample)
{
    struct lin_history *history = lin_history_new(sample->model);
    for (int i = 0; i < sample->count; i++) {
        const struct op *op = &sample->ops[i];
        struct bytes key = bytes_of(&op->key, sizeof(op->key));
        struct bytes value, expected;
        struct lin_request request = {
            .at = op->call,
            .client = (uint32_t)i,
            .function = op->function,
            .key = key,
            .version = (uint64_t)op->version,
        };
        bytes_or_nil(op->value, &request.value, &value);
        bytes_or_nil(op->expected, &request.expected, &expected);
        if (op->function == LIN_READ) {
            request.value = NULL;
        }
        size_t number = lin_call(history, &request);
        if (op->ret != OPEN) {
            struct lin_response response = {
                .at = op->ret,
                .outcome = op->outcome,
                .version = (uint64_t)op->version,
            };
            bytes_or_nil(op->value, &response.value, &value);
            lin_return(history, number, &response);
        }
    }
    return history;
}

static void print_sample(const struct sample *sample)
{
    static const char *const names[] = {"read", "write", "append", "cas"};
    for (int i = 0; i < sample->count; i++) {
        const struct op *op = &sample->ops[i];
        printf("  %d..%d key %d %s %s (expected %s, version %d) outcome %d\n",
               op->call, op->ret, op->key, names[op->function], op->value,
               op->expected, op->version, (int)op->outcome);
    }
}

/* ---- Brute force ---------------------------------------------------------*/

static bool cas_on(struct copy *copy, const struct op *op)
{
    bool same = strcmp(copy->text, op->expected) == 0;
    if (same && op->outcome != LIN_MISMATCH) {
        strcpy(copy->text, op->value);
    }
    return op->outcome == LIN_MAYBE || same == (op->outcome == LIN_OK) ||
           op->ret == OPEN;
}

static bool put_on(struct copy *copy, const struct op *op)
{
    bool same = copy->version == op->version;
    if (same && op->outcome != LIN_MISMATCH) {
        strcpy(copy->text, op->value);
        copy->version++;
    }
    return op->outcome == LIN_MAYBE || same == (op->outcome == LIN_OK) ||
           op->ret == OPEN;
}

/* Execute on the copy. Return false if the response would be another. */
static bool execute(const struct lin_model *model, struct copy *copy,
                    const struct op *op)
{
    switch (op->function) {
    case LIN_READ:
        return op->ret == OPEN ||
               (strcmp(copy->text, op->value) == 0 &&
                (model != &lin_versioned || copy->version == op->version));
    case LIN_CAS:
        return cas_on(copy, op);
    case LIN_APPEND:
        strcat(copy->text, op->value);
        return true;
    default:
        if (model == &lin_versioned) {
            return put_on(copy, op);
        }
        strcpy(copy->text, op->value);
        return true;
    }
}

static bool may_be_next(const struct sample *sample, unsigned done, int next)
{
    for (int i = 0; i < sample->count; i++) {
        if (!(done >> i & 1) && sample->ops[i].ret < sample->ops[next].call) {
            return false;
        }
    }
    return true;
}

/* Is there an order of the operations that are not done? Open ones may be left
 * out. */
static bool has_order(const struct sample *sample, unsigned done,
                      const struct copy *copies)
{
    bool over = true;
    for (int i = 0; i < sample->count; i++) {
        over = over && ((done >> i & 1) || sample->ops[i].ret == OPEN);
    }
    for (int i = 0; i < sample->count && !over; i++) {
        struct copy now[2] = {copies[0], copies[1]};
        over =
            !(done >> i & 1) && may_be_next(sample, done, i) &&
            execute(sample->model, &now[sample->ops[i].key], &sample->ops[i]) &&
            has_order(sample, done | 1u << i, now);
    }
    return over;
}

static bool brute_force(const struct sample *sample)
{
    struct copy copies[2];
    memset(copies, 0, sizeof(copies));
    for (int key = 0; key < 2; key++) {
        strcpy(copies[key].text, sample->model == &lin_register ? "-" : "");
    }
    return has_order(sample, 0, copies);
}

/* ---- Random samples ------------------------------------------------------*/

struct draws {
    uint64_t key, count;
};

static int draw(struct draws *draws, int bound)
{
    return (int)random_below(random_at(draws->key, draws->count++),
                             (uint64_t)bound);
}

static void draw_text(struct draws *draws, const struct lin_model *model,
                      bool is_response, char *text)
{
    static const char *const values[] = {"-", "1", "2", "3"};
    if (model == &lin_kv && is_response) {
        int pieces = draw(draws, 4);
        text[0] = '\0';
        for (int i = 0; i < pieces; i++) {
            strcat(text, values[1 + draw(draws, 3)]);
        }
    } else if (model == &lin_register) {
        strcpy(text, values[draw(draws, 4)]);
    } else {
        int i = draw(draws, is_response ? 4 : 3);
        strcpy(text, i < 3 ? values[1 + i] : "");
    }
}

static enum lin_function draw_function(struct draws *draws,
                                       const struct lin_model *model)
{
    enum lin_function function;
    do {
        function = (enum lin_function)draw(draws, 4);
    } while (!lin_model_has(model, function));
    return function;
}

static void draw_op(struct draws *draws, const struct lin_model *model,
                    int keys, int open_in, struct op *op)
{
    int span = 1 + draw(draws, 8);
    memset(op, 0, sizeof(*op));
    op->call = draw(draws, 20);
    op->ret = draw(draws, open_in) == 0 ? OPEN : op->call + span;
    op->key = draw(draws, keys);
    op->function = draw_function(draws, model);
    draw_text(draws, model, op->function == LIN_READ, op->value);
    draw_text(draws, model, false, op->expected);
    op->version = draw(draws, 3);
    if (op->ret != OPEN && op->function != LIN_READ &&
        (op->function == LIN_CAS || model == &lin_versioned)) {
        op->outcome = (enum lin_outcome)draw(draws, 3);
    }
}

static void draw_sample(uint64_t seed, const struct lin_model *model,
                        struct sample *sample)
{
    struct draws draws = {random_key(seed, 1), 0};
    sample->model = model;
    sample->count = 1 + draw(&draws, OPS_MAX);
    int keys = 1 + draw(&draws, 2);
    int open_in = 2 + draw(&draws, 5);
    for (int i = 0; i < sample->count; i++) {
        draw_op(&draws, model, keys, open_in, &sample->ops[i]);
    }
}

/* Make the sample linearizable: operation i has its linearization point at
 * time 10 i. Open ones may have none. */
static void make_right(uint64_t seed, struct sample *sample)
{
    struct draws draws = {random_key(seed, 2), 0};
    struct copy copies[2];
    memset(copies, 0, sizeof(copies));
    strcpy(copies[0].text, sample->model == &lin_register ? "-" : "");
    copies[1] = copies[0];
    for (int i = 0; i < sample->count; i++) {
        struct op *op = &sample->ops[i];
        struct copy *copy = &copies[op->key];
        op->call = 10 * i - draw(&draws, 25);
        if (op->ret == OPEN) {
            if (draw(&draws, 2) == 0) {
                execute(sample->model, copy, op);
            }
            continue;
        }
        op->ret = 10 * i + draw(&draws, 25);
        if (op->function == LIN_READ) {
            strcpy(op->value, copy->text);
            op->version = copy->version;
        } else if (!execute(sample->model, copy, op)) {
            op->outcome = op->outcome == LIN_OK ? LIN_MISMATCH : LIN_OK;
            execute(sample->model, copy, op);
        }
    }
}

static const struct lin_model *const models[] = {&lin_register, &lin_kv,
                                                 &lin_versioned};

static enum lin_verdict verdict_of(const struct sample *sample, bool whole)
{
    struct lin_history *history = build(sample);
    struct lin_options options = lin_default_options;
    struct lin_result result;
    options.whole = whole;
    lin_check(history, &options, &result);
    enum lin_verdict verdict = result.verdict;
    lin_result_release(&result);
    lin_history_free(history);
    return verdict;
}

static int compare(const struct sample *sample, uint64_t seed)
{
    bool right = brute_force(sample);
    for (int whole = 0; whole < 2; whole++) {
        enum lin_verdict verdict = verdict_of(sample, whole);
        if ((verdict == LIN_LINEARIZABLE) != right) {
            print_sample(sample);
            ck_abort_msg("seed %llu, whole %d: %s, by brute force %s",
                         (unsigned long long)seed, whole,
                         lin_verdict_text(verdict), right ? "right" : "wrong");
        }
    }
    return right;
}

enum { SAMPLES = 17000 };

/* 2 * 3 * SAMPLES histories in all, each by key and with all keys together. */
START_TEST(brute_force_agrees)
{
    struct sample sample;
    int right = 0, wrong = 0;
    for (uint64_t seed = 1; seed <= SAMPLES; seed++) {
        draw_sample(seed, models[_i], &sample);
        int is_right = compare(&sample, seed);
        right += is_right;
        wrong += !is_right;
        make_right(seed, &sample);
        ck_assert_msg(compare(&sample, seed), "seed %llu",
                      (unsigned long long)seed);
    }
    ck_assert_int_gt(right, SAMPLES / 50);
    ck_assert_int_gt(wrong, SAMPLES / 50);
}
END_TEST

/* ---- Large histories -----------------------------------------------------*/

static void check_large(const struct large_history *large, uint64_t seed,
                        enum lin_verdict expected)
{
    struct lin_history *history = large_history(large, seed);
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    ck_assert_msg(result.verdict == expected, "seed %llu: %s",
                  (unsigned long long)seed, lin_verdict_text(result.verdict));
    for (size_t i = 0; i < result.key_count; i++) {
        if (result.keys[i].verdict == LIN_NOT_LINEARIZABLE) {
            ck_assert_uint_eq(result.keys[i].blocked, large->fault);
        }
    }
    lin_result_release(&result);
    lin_history_free(history);
}

START_TEST(large_correct_histories_are_accepted)
{
    struct large_history large = {models[_i], 20000, 20, 10, 50, SIZE_MAX};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        check_large(&large, seed, LIN_LINEARIZABLE);
    }
}
END_TEST

static bool is_read_at(const struct large_history *large, uint64_t seed,
                       size_t op)
{
    struct large_history until = *large;
    until.ops = op + 1;
    until.fault = op;
    struct lin_history *history = large_history(&until, seed);
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    bool read = result.verdict == LIN_NOT_LINEARIZABLE;
    lin_result_release(&result);
    lin_history_free(history);
    return read;
}

/* One read of a value that nobody wrote; no other operation is blamed. */
START_TEST(one_fault_is_found_at_its_place)
{
    struct large_history large = {models[_i], 2000, 10, 5, 50, 0};
    int found = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        large.fault = (size_t)(seed * 47);
        if (is_read_at(&large, seed, large.fault)) {
            check_large(&large, seed, LIN_NOT_LINEARIZABLE);
            found++;
        }
    }
    ck_assert_int_gt(found, 8);
}
END_TEST

/* ---- Budgets, details ----------------------------------------------------*/

START_TEST(the_same_history_takes_the_same_steps)
{
    struct lin_result first, again;
    struct large_history large = {&lin_register, 5000, 30, 3, 20, SIZE_MAX};
    struct lin_history *one = large_history(&large, 7);
    struct lin_history *two = large_history(&large, 7);
    lin_check(one, &lin_default_options, &first);
    lin_check(two, &lin_default_options, &again);
    ck_assert_uint_gt(first.steps, 1000);
    ck_assert_uint_eq(first.steps, again.steps);
    ck_assert_uint_eq(first.bytes_peak, again.bytes_peak);
    lin_result_release(&first);
    lin_result_release(&again);
    lin_history_free(one);
    lin_history_free(two);
}
END_TEST

START_TEST(withdrawn_operations_do_not_count)
{
    struct lin_history *history = lin_history_new(&lin_register);
    struct bytes key = bytes_of_text("x"), value = bytes_of_text("1");
    struct lin_result result;
    size_t write = lin_call(history, &(struct lin_request){
                                         .function = LIN_WRITE,
                                         .key = key,
                                         .value = &value,
                                     });
    size_t read = lin_call(
        history,
        &(struct lin_request){.at = 1, .function = LIN_READ, .key = key});
    lin_return(history, read, &(struct lin_response){.at = 2, .value = &value});
    lin_check(history, &lin_default_options, &result);
    ck_assert_int_eq(result.verdict, LIN_LINEARIZABLE);
    lin_result_release(&result);
    lin_withdraw(history, write);
    lin_check(history, &lin_default_options, &result);
    ck_assert_int_eq(result.verdict, LIN_NOT_LINEARIZABLE);
    ck_assert_uint_eq(result.keys[0].blocked, read);
    ck_assert_uint_eq(result.keys[0].prefix_count, 0);
    lin_result_release(&result);
    lin_history_free(history);
}
END_TEST

/* The linearization of the prefix respects time, and its responses are right.
 */
START_TEST(prefixes_are_linearizations)
{
    struct sample sample;
    int found = 0;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        draw_sample(seed, models[_i], &sample);
        struct lin_history *history = build(&sample);
        struct lin_options options = lin_default_options;
        struct lin_result result;
        options.whole = true;
        lin_check(history, &options, &result);
        const struct lin_key_result *key = &result.keys[0];
        struct copy copies[2];
        memset(copies, 0, sizeof(copies));
        strcpy(copies[0].text, sample.model == &lin_register ? "-" : "");
        copies[1] = copies[0];
        unsigned done = 0;
        for (size_t i = 0; i < key->prefix_count; i++) {
            struct op *op = &sample.ops[key->prefix[i]];
            ck_assert(may_be_next(&sample, done, (int)key->prefix[i]));
            ck_assert(execute(sample.model, &copies[op->key], op));
            done |= 1u << key->prefix[i];
        }
        if (key->verdict == LIN_NOT_LINEARIZABLE) {
            ck_assert(!(done >> key->blocked & 1));
            found++;
        }
        lin_result_release(&result);
        lin_history_free(history);
    }
    ck_assert_int_gt(found, 100);
}
END_TEST

START_TEST(an_empty_history_is_linearizable)
{
    struct lin_history *history = lin_history_new(models[_i]);
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    ck_assert_int_eq(result.verdict, LIN_LINEARIZABLE);
    ck_assert_uint_eq(result.key_count, 0);
    lin_result_release(&result);
    lin_history_free(history);
}
END_TEST

SUITE(lincheck_check)
{
    Suite *suite = suite_create("lincheck_check");
    TCase *tcase = tcase_create("lincheck");
    tcase_add_loop_test(tcase, brute_force_agrees, 0, 3);
    tcase_add_loop_test(tcase, large_correct_histories_are_accepted, 0, 3);
    tcase_add_loop_test(tcase, one_fault_is_found_at_its_place, 0, 3);
    tcase_add_test(tcase, the_same_history_takes_the_same_steps);
    tcase_add_test(tcase, withdrawn_operations_do_not_count);
    tcase_add_loop_test(tcase, prefixes_are_linearizations, 0, 3);
    tcase_add_loop_test(tcase, an_empty_history_is_linearizable, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}
