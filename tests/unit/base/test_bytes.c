/* test_bytes.c - runs of bytes, the texts of errors, assertions.
 * Layer: tests. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/error.h"
#include "tests/support/suites.h"

START_TEST(borrowing_copies_nothing)
{
    char text[] = "abc";
    struct bytes seen = bytes_of_text(text);
    ck_assert_ptr_eq(seen.data, text);
    ck_assert_uint_eq(seen.size, 3);
    seen = bytes_of(text + 1, 2);
    ck_assert_ptr_eq(seen.data, text + 1);
    ck_assert_uint_eq(seen.size, 2);
}
END_TEST

START_TEST(a_copy_is_independent_and_freed_to_empty)
{
    char text[] = "abc";
    struct bytes copy = bytes_copy(bytes_of_text(text));
    text[0] = 'x';
    ck_assert_mem_eq(copy.data, "abc", 3);
    bytes_free(&copy);
    ck_assert_ptr_null(copy.data);
    ck_assert_uint_eq(copy.size, 0);
    bytes_free(&copy); /* an empty value owns nothing */
}
END_TEST

START_TEST(empty_copies_to_empty)
{
    struct bytes copy = bytes_copy((struct bytes){NULL, 0});
    ck_assert_ptr_null(copy.data);
    copy = bytes_copy(bytes_of("abc", 0));
    ck_assert_ptr_null(copy.data);
}
END_TEST

START_TEST(equal_means_size_and_content)
{
    struct bytes empty = {NULL, 0};
    ck_assert(bytes_equal(empty, bytes_of("x", 0)));
    ck_assert(bytes_equal(bytes_of_text("ab"), bytes_of("abc", 2)));
    ck_assert(!bytes_equal(bytes_of_text("ab"), bytes_of_text("abc")));
    ck_assert(!bytes_equal(bytes_of_text("ab"), bytes_of_text("ac")));
    ck_assert(!bytes_equal(bytes_of_text("ab"), empty));
}
END_TEST

START_TEST(allocating_zero_bytes_returns_memory)
{
    void *got[] = {lab_xmalloc(0), lab_xcalloc(0, 8), lab_xcalloc(8, 0),
                   lab_xrealloc(NULL, 0)};
    for (size_t i = 0; i < sizeof(got) / sizeof(got[0]); i++) {
        ck_assert_ptr_nonnull(got[i]);
        free(got[i]);
    }
    char *text = lab_xstrdup("abc");
    ck_assert_str_eq(text, "abc");
    free(text);
}
END_TEST

/* The address sanitizer ends the process at such sizes itself. */
#ifndef __SANITIZE_ADDRESS__
START_TEST(a_failed_allocation_aborts)
{
    /* Through a variable, or the compiler warns about the size. */
    volatile size_t size = SIZE_MAX / 2;
    (void)lab_xcalloc(size, 16);
}
END_TEST
#endif

START_TEST(every_error_has_a_text_of_its_own)
{
    static const enum lab_err all[] = {
#define ERROR_VALUE(name, value, text) name,
        LAB_ERRORS(ERROR_VALUE)
#undef ERROR_VALUE
    };
    size_t count = sizeof(all) / sizeof(all[0]);
    for (size_t i = 0; i < count; i++) {
        const char *text = lab_err_text(all[i]);
        ck_assert_uint_gt(strlen(text), 3);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(text, lab_err_text(all[k]));
        }
    }
    ck_assert_str_eq(lab_err_text((enum lab_err)77), "unknown error");
}
END_TEST

/* ---- Assertions ----------------------------------------------------------*/

START_TEST(a_fact_is_evaluated_once)
{
    int looked = 0;
    LAB_ASSERT(++looked == 1);
    ck_assert_int_eq(looked, 1);
}
END_TEST

static void exit_if_complete(const char *message)
{
    bool complete = strstr(message, "test_bytes.c:") &&
                    strstr(message, "1 + 1 == 3") && strstr(message, __FILE__);
    _exit(complete ? 7 : 8);
}

START_TEST(the_hook_gets_place_and_fact)
{
    lab_assert_set_hook(exit_if_complete);
    LAB_ASSERT(1 + 1 == 3);
}
END_TEST

static void exit_if_bug_complete(const char *message)
{
    _exit(strstr(message, "found 42 of them") ? 7 : 8);
}

START_TEST(a_bug_says_what_was_found)
{
    lab_assert_set_hook(exit_if_bug_complete);
    LAB_BUG("found %d of %s", 42, "them");
}
END_TEST

START_TEST(without_a_hook_a_failed_assertion_aborts)
{
    lab_assert_set_hook(NULL);
    LAB_ASSERT(1 + 1 == 3);
}
END_TEST

static void fail_again(const char *message)
{
    LAB_ASSERT(message == NULL);
}

START_TEST(an_assertion_that_fails_in_the_hook_aborts)
{
    lab_assert_set_hook(fail_again);
    LAB_ASSERT(1 + 1 == 3);
}
END_TEST

SUITE(base_bytes)
{
    Suite *suite = suite_create("base_bytes");
    TCase *bytes = tcase_create("bytes");
    tcase_add_test(bytes, borrowing_copies_nothing);
    tcase_add_test(bytes, a_copy_is_independent_and_freed_to_empty);
    tcase_add_test(bytes, empty_copies_to_empty);
    tcase_add_test(bytes, equal_means_size_and_content);
    tcase_add_test(bytes, allocating_zero_bytes_returns_memory);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test_raise_signal(bytes, a_failed_allocation_aborts, SIGABRT);
#endif
    suite_add_tcase(suite, bytes);

    TCase *errors = tcase_create("errors");
    tcase_add_test(errors, every_error_has_a_text_of_its_own);
    suite_add_tcase(suite, errors);

    TCase *asserts = tcase_create("assertions");
    tcase_add_test(asserts, a_fact_is_evaluated_once);
    tcase_add_exit_test(asserts, the_hook_gets_place_and_fact, 7);
    tcase_add_exit_test(asserts, a_bug_says_what_was_found, 7);
    tcase_add_test_raise_signal(
        asserts, without_a_hook_a_failed_assertion_aborts, SIGABRT);
    tcase_add_test_raise_signal(
        asserts, an_assertion_that_fails_in_the_hook_aborts, SIGABRT);
    suite_add_tcase(suite, asserts);
    return suite;
}
