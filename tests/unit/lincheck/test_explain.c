/* test_explain.c - explanations of histories that are not linearizable.
 * Layer: tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lincheck/explain.h"
#include "lincheck/read.h"
#include "tests/support/suites.h"

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

START_TEST(the_text_names_the_operation_and_the_reasons)
{
    char *said = explanation(overwritten, NULL);
    ck_assert_str_eq(
        said,
        "key \"k\": not linearizable\n"
        "  no linearization point exists for\n"
        "    line 5..6       client 2  get -> \"a\"\n"
        "  longest linearizable prefix (2 operations):\n"
        "    line 1..2       client 0  put \"a\"\n"
        "    line 3..4       client 1  put \"b\"\n"
        "  state after it: \"b\"\n"
        "  its value could come, in whole or in part, from:\n"
        "    line 1..2       client 0  put \"a\"\n"
        "      but overwritten, before that operation was called, by client "
        "1's put \"b\" (line 3..4)\n"
        "    line 7..        client 3  put \"a\" (never returned)\n"
        "      but called after that operation had returned\n");
    free(said);
}
END_TEST

/* Only what is certain is stated. */
START_TEST(reasons_are_certain)
{
    /* b is concurrent with the get: nothing was certainly overwritten. */
    char *said = explanation(CALLS(0, put, "a") RETURNS(0, put, "a")
                                 CALLS(1, append, "b") CALLS(2, get, "")
                                     RETURNS(2, get, "ab") CALLS(2, get, "")
                                         RETURNS(2, get, "a"),
                             NULL);
    ck_assert_ptr_nonnull(
        strstr(said, "    line 1..2       client 0  put \"a\"\n"
                     "      but followed in the prefix by client 1's append "
                     "\"b\" (line 3..)\n"));
    ck_assert_ptr_null(strstr(said, "overwritten"));
    ck_assert_ptr_nonnull(strstr(
        said, "  pending when it returned:\n    line 3..        client 1 "
              " append \"b\" (never returned)\n"));
    free(said);
    said = explanation(CALLS(0, put, "a") RETURNS(0, put, "a") CALLS(2, get, "")
                           RETURNS(2, get, ""),
                       NULL);
    ck_assert_ptr_nonnull(
        strstr(said, "  the initial state has that value\n"
                     "      but overwritten, before that operation was called, "
                     "by client 0's put \"a\" (line 1..2)\n"));
    free(said);
    said = explanation(CALLS(0, put, "a") RETURNS(0, put, "a") CALLS(2, get, "")
                           RETURNS(2, get, "c"),
                       NULL);
    ck_assert_ptr_nonnull(
        strstr(said, "no operation of the history can produce that value"));
    free(said);
}
END_TEST

/* Operations other than reads may have no linearization point, too. */
START_TEST(what_a_cas_or_a_put_expects_is_explained)
{
    char *said = explanation("{:process 0, :type :invoke, :f :write, :value 1}"
                             "\n{:process 0, :type :ok, :f :write, :value 1}\n"
                             "{:process 0, :type :invoke, :f :write, :value 2}"
                             "\n{:process 0, :type :ok, :f :write, :value 2}\n"
                             "{:process 1, :type :invoke, :f :cas, "
                             ":value [1 3]}\n"
                             "{:process 1, :type :ok, :f :cas, :value [1 3]}\n",
                             NULL);
    ck_assert_ptr_nonnull(
        strstr(said, "  the state that it expects could come from:\n"
                     "    line 1..2       client 0  write \"1\"\n"
                     "      but overwritten, before that operation was called, "
                     "by client 0's write \"2\" (line 3..4)\n"));
    free(said);
    said = explanation(
        "{\"history\": \"raftlab\", \"version\": 1, \"model\": "
        "\"versioned\"}\n{\"client\": 0, \"call\": 1, \"return\": 2, \"f\": "
        "\"put\", \"key\": \"x\", \"value\": \"a\", \"version\": 1}\n",
        NULL);
    ck_assert_ptr_nonnull(
        strstr(said, "  longest linearizable prefix (0 operations)\n"
                     "  initial state: \"\" at version 0\n"
                     "  no operation of the history can produce the state that "
                     "it expects\n"));
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

START_TEST(nothing_is_printed_for_linearizable_keys)
{
    char *said = explanation(CALLS(0, put, "a") RETURNS(0, put, "a"), NULL);
    ck_assert_str_eq(said, "");
    free(said);
}
END_TEST

#define DIGITS "0123456789"

START_TEST(long_and_binary_values_are_abbreviated_and_escaped)
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
#define STRANGE "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
    said = explanation(CALLS(0, put, STRANGE) RETURNS(0, put, STRANGE)
                           CALLS(1, get, "") RETURNS(1, get, ""),
                       NULL);
    /* Four columns each, so 13 bytes are a long value. */
    ck_assert_ptr_nonnull(
        strstr(said, "put \"\\x01\\x01...\\x01\\x01\\x01\\x01\\x01\\x01\\x01"
                     "\\x01\" (13 bytes)\n"));
    free(said);
}
END_TEST

static json_t *json_of(const char *text, bool whole)
{
    char error[256];
    struct bytes copy = bytes_copy(bytes_of_text(text));
    struct lin_history *history = lin_parse("file", copy, error, sizeof(error));
    ck_assert_msg(history != NULL, "%s", error);
    struct lin_options options = lin_default_options;
    struct lin_result result;
    options.whole = whole;
    lin_check(history, &options, &result);
    json_t *root = lin_explain_json(history, &result);
    lin_result_release(&result);
    lin_history_free(history);
    bytes_free(&copy);
    return root;
}

static json_t *at(json_t *object, const char *name, size_t index)
{
    json_t *found = json_array_get(json_object_get(object, name), index);
    ck_assert_ptr_nonnull(found);
    return found;
}

static int64_t integer(json_t *object, const char *name)
{
    ck_assert(json_is_integer(json_object_get(object, name)));
    return json_integer_value(json_object_get(object, name));
}

static const char *text_of(json_t *object, const char *name)
{
    ck_assert(json_is_string(json_object_get(object, name)));
    return json_string_value(json_object_get(object, name));
}

START_TEST(the_json_has_what_a_drawing_needs)
{
    json_t *root = json_of(overwritten, false);
    ck_assert_str_eq(text_of(root, "verdict"), "not-linearizable");
    ck_assert_str_eq(text_of(at(root, "keys", 0), "key"), "k");
    json_t *key = at(root, "violations", 0);
    ck_assert_str_eq(text_of(key, "key"), "k");
    ck_assert_str_eq(text_of(key, "state"), "b");
    ck_assert_int_eq(integer(key, "blocked"), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(key, "order")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(key, "could_give")), 2);
    ck_assert_int_eq(integer(at(key, "could_give", 0), "id"), 0);
    ck_assert_int_eq(integer(at(key, "could_give", 0), "by"), 1);
    ck_assert_str_eq(text_of(at(key, "could_give", 0), "why"), "overwritten");
    ck_assert_str_eq(text_of(at(key, "could_give", 1), "why"), "later");
    ck_assert_uint_eq(json_array_size(json_object_get(key, "operations")), 4);
    json_t *get = at(key, "operations", 2);
    ck_assert_int_eq(integer(get, "call"), 5);
    ck_assert_int_eq(integer(get, "return"), 6);
    ck_assert_int_eq(integer(get, "line"), 5);
    ck_assert_int_eq(integer(get, "return_line"), 6);
    ck_assert_str_eq(text_of(get, "value"), "a");
    json_decref(root);
}
END_TEST

/* All operations of the prefix are listed, also those on other keys; and large
 * numbers keep their value. */
START_TEST(the_json_is_complete)
{
    json_t *root =
        json_of("{\"history\": \"raftlab\", \"version\": 1, \"model\": "
                "\"versioned\"}\n"
                "{\"client\": 0, \"call\": 1, \"return\": 2, \"f\": \"put\", "
                "\"key\": \"y\", \"value\": \"a\", \"version\": 0}\n"
                "{\"client\": 0, \"call\": 3, \"return\": 4, \"f\": \"get\", "
                "\"key\": \"x\", \"value\": \"a\", \"version\": "
                "\"18446744073709551615\"}\n",
                true);
    ck_assert(json_is_null(json_object_get(at(root, "keys", 0), "key")));
    json_t *key = at(root, "violations", 0);
    ck_assert_int_eq(json_integer_value(at(key, "order", 0)), 0);
    ck_assert_int_eq(integer(at(key, "operations", 0), "id"), 0);
    ck_assert_str_eq(text_of(at(key, "operations", 0), "key"), "y");
    ck_assert_str_eq(text_of(at(key, "operations", 1), "version"),
                     "18446744073709551615");
    json_decref(root);
}
END_TEST

SUITE(lincheck_explain)
{
    Suite *suite = suite_create("lincheck_explain");
    TCase *tcase = tcase_create("explain");
    tcase_add_test(tcase, the_text_names_the_operation_and_the_reasons);
    tcase_add_test(tcase, reasons_are_certain);
    tcase_add_test(tcase, what_a_cas_or_a_put_expects_is_explained);
    tcase_add_test(tcase, times_are_shown_as_asked);
    tcase_add_test(tcase, nothing_is_printed_for_linearizable_keys);
    tcase_add_test(tcase, long_and_binary_values_are_abbreviated_and_escaped);
    tcase_add_test(tcase, the_json_has_what_a_drawing_needs);
    tcase_add_test(tcase, the_json_is_complete);
    suite_add_tcase(suite, tcase);
    return suite;
}
