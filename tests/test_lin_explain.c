/* test_lin_explain.c - what is said of histories that are not linearizable.
 * Layer: tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lincheck/explain.h"
#include "lincheck/read.h"
#include "tests/suites.h"

static char *explanation(const char *text, lin_time_text time_text)
{
    char error[256], *said;
    size_t size;
    struct bytes copy = bytes_copy(bytes_of_text(text));
    struct lin_history *history = lin_parse("file", copy, error, sizeof(error));
    ck_assert_msg(history != NULL, "%s", error);
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    FILE *stream = open_memstream(&said, &size);
    lin_explain(history, &result, time_text, stream);
    fclose(stream);
    lin_result_release(&result);
    lin_history_free(history);
    bytes_free(&copy);
    return said;
}

#define EVENT(process, type, function, value)                                  \
    "{:process " #process ", :type :" #type ", :f :" #function                 \
    ", :key \"k\", :value \"" value "\"}\n"
#define CALLS(process, function, value)   EVENT(process, invoke, function, value)
#define RETURNS(process, function, value) EVENT(process, ok, function, value)

static const char overwritten[] = CALLS(0, put, "a") RETURNS(0, put, "a")
    CALLS(1, put, "b") RETURNS(1, put, "b") CALLS(2, get, "")
        RETURNS(2, get, "a") CALLS(3, put, "a");

START_TEST(the_text_says_what_cannot_be_and_why)
{
    char *said = explanation(overwritten, NULL);
    ck_assert_str_eq(
        said,
        "key \"k\": not linearizable\n"
        "  no moment between call and return is right for\n"
        "    line 5..6       client 2  get -> \"a\"\n"
        "  an order of 2 operations comes as far as any; it is\n"
        "    line 1..2       client 0  put \"a\"\n"
        "    line 3..4       client 1  put \"b\"\n"
        "  and leaves \"b\"\n"
        "  its answer could come from\n"
        "    line 1..2       client 0  put \"a\"  (in the order above, where "
        "it "
        "gives something else)\n"
        "    line 7..        client 3  put \"a\", which has not returned  "
        "(called only afterwards)\n");
    free(said);
}
END_TEST

static void as_seconds(int64_t at, char *text, size_t bytes)
{
    snprintf(text, bytes, "%d s", (int)at);
}

START_TEST(times_are_shown_as_asked)
{
    char *said = explanation(overwritten, as_seconds);
    ck_assert_ptr_nonnull(strstr(said, "    5 s..6 s        client 2  get"));
    free(said);
}
END_TEST

START_TEST(nothing_is_said_of_what_is_right)
{
    char *said = explanation(CALLS(0, put, "a") RETURNS(0, put, "a"), NULL);
    ck_assert_str_eq(said, "");
    free(said);
}
END_TEST

#define DIGITS "0123456789"

START_TEST(long_and_strange_values_are_shown_short_and_plain)
{
    char *said =
        explanation(CALLS(0, put, DIGITS DIGITS DIGITS DIGITS DIGITS "01")
                        RETURNS(0, put, DIGITS DIGITS DIGITS DIGITS DIGITS "01")
                            CALLS(1, get, "") RETURNS(1, get, "\\\"\\\\\xff"),
                    NULL);
    ck_assert_ptr_nonnull(
        strstr(said, "put \"01234567...0123456789" DIGITS DIGITS "01\" "
                     "(52 bytes)"));
    ck_assert_ptr_nonnull(strstr(said, "get -> \"\\\"\\\\\\xff\""));
    free(said);
}
END_TEST

START_TEST(the_json_has_what_a_picture_needs)
{
    char error[256];
    struct bytes copy = bytes_copy(bytes_of_text(overwritten));
    struct lin_history *history = lin_parse("file", copy, error, sizeof(error));
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    json_t *root = lin_explain_json(history, &result);
    json_t *key = json_array_get(json_object_get(root, "violations"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(root, "verdict")),
                     "not-linearizable");
    ck_assert_int_eq(json_integer_value(json_object_get(key, "blocked")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(key, "order")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(key, "could_give")), 2);
    json_t *operations = json_object_get(key, "operations");
    ck_assert_uint_eq(json_array_size(operations), 4);
    json_t *get = json_array_get(operations, 2);
    ck_assert_int_eq(json_integer_value(json_object_get(get, "call")), 5);
    ck_assert_int_eq(json_integer_value(json_object_get(get, "return")), 6);
    ck_assert_str_eq(json_string_value(json_object_get(get, "value")), "a");
    json_decref(root);
    lin_result_release(&result);
    lin_history_free(history);
    bytes_free(&copy);
}
END_TEST

Suite *suite_lin_explain(void)
{
    Suite *suite = suite_create("lin_explain");
    TCase *tcase = tcase_create("explain");
    tcase_add_test(tcase, the_text_says_what_cannot_be_and_why);
    tcase_add_test(tcase, times_are_shown_as_asked);
    tcase_add_test(tcase, nothing_is_said_of_what_is_right);
    tcase_add_test(tcase, long_and_strange_values_are_shown_short_and_plain);
    tcase_add_test(tcase, the_json_has_what_a_picture_needs);
    suite_add_tcase(suite, tcase);
    return suite;
}
