/* test_record_value.c - records in memory: copy, compare, free, print.
 * Layer: tests. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/record_trees.h"
#include "tests/support/suites.h"

/* ---- Copy, compare, free -------------------------------------------------*/

START_TEST(a_copy_is_deep)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct tree t = roll_tree(seed), copy = {0};
        record_copy(&record_tree, &t, &copy);
        ck_assert(record_equal(&record_tree, &t, &copy));
        ck_assert(!t.text || t.text != copy.text);
        ck_assert(!t.leaves || t.leaves != copy.leaves);
        FREE(tree, &t); /* the sanitizer sees if they share memory */
        struct bytes packed = PACK(tree, &copy);
        bytes_free(&packed);
        FREE(tree, &copy);
        assert_empty(&copy, sizeof(copy));
    }
}
END_TEST

START_TEST(any_difference_makes_unequal)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct tree a = roll_tree(seed), b = roll_tree(seed + 1);
        struct bytes a_packed = PACK(tree, &a), b_packed = PACK(tree, &b);
        bool same = bytes_equal(a_packed, b_packed);
        ck_assert_int_eq(record_equal(&record_tree, &a, &b), same);
        FREE(tree, &a);
        FREE(tree, &b);
        bytes_free(&a_packed);
        bytes_free(&b_packed);
    }
    struct leaf one = {.term = 1}, two = {.term = 1};
    struct branch a = {.leaves = &one, .leaves_count = 1};
    struct branch b = {.leaves = &two, .leaves_count = 1};
    ck_assert(record_equal(&record_branch, &a, &b));
    two.term = 2;
    ck_assert(!record_equal(&record_branch, &a, &b));
    two.term = 1;
    b.name = (char[]){""};
    ck_assert(record_equal(&record_branch, &a, &b)); /* NULL = "" */
    b.leaves_count = 0;
    ck_assert(!record_equal(&record_branch, &a, &b));
}
END_TEST

START_TEST(wiping_overwrites_the_struct)
{
    struct leaf l = {.term = 1, .command = bytes_copy(bytes_of_text("x"))};
    record_wipe(&record_leaf, &l);
    for (size_t i = 0; i < sizeof(l); i++) {
        ck_assert_uint_eq(((uint8_t *)&l)[i], 0xDB);
    }
}
END_TEST

/* ---- Printing ------------------------------------------------------------*/

static void check_print(const struct tree *t, const char *wanted)
{
    char *text = record_print(&record_tree, t);
    ck_assert_str_eq(text, wanted);
    free(text);
}

START_TEST(printing_names_every_field)
{
    struct leaf leaves[] = {{.term = 1, .command = bytes_of_text("set x")},
                            {.term = 2, .command = bytes_of("\0\xff", 2)}};
    struct branch branch = {.id = -3, .name = (char[]){"b"}};
    struct tree t = {.u = 300,
                     .i = -7,
                     .n = 8,
                     .b = true,
                     .text = (char[]){"hi"},
                     .branches = &branch,
                     .branches_count = 1,
                     .leaves = leaves,
                     .leaves_count = 2};
    check_print(&t, "{\"u\":300,\"i\":-7,\"n\":8,\"b\":true,\"text\":\"hi\","
                    "\"raw\":\"\",\"branches\":[{\"id\":-3,\"leaves\":[],"
                    "\"name\":\"b\"}],\"leaves\":[{\"term\":1,\"command\":"
                    "\"set x\"},{\"term\":2,\"command\":\"0x00ff\"}],"
                    "\"last\":false}");
    char *text = record_print(&record_nothing, "");
    ck_assert_str_eq(text, "{}");
    free(text);
}
END_TEST

#define TREE(u, i, text, raw)                                                  \
    "{\"u\":" u ",\"i\":" i ",\"n\":0,\"b\":false,\"text\":" text              \
    ",\"raw\":" raw ",\"branches\":[],\"leaves\":[],\"last\":false}"

START_TEST(printing_escapes)
{
    struct tree t = {.text = (char[]){"q\"b\\n\nx\x01\xc3\xa4"},
                     .raw = bytes_of_text("a\"\\")};
    check_print(&t, TREE("0", "0", "\"q\\\"b\\\\n\\u000ax\\u0001\xc3\xa4\"",
                         "\"a\\\"\\\\\""));
    static const char *const not_utf8[] = {
        "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80",
    };
    for (size_t i = 0; i < sizeof(not_utf8) / sizeof(not_utf8[0]); i++) {
        t.text = (char *)not_utf8[i];
        char *text = record_print(&record_tree, &t);
        ck_assert_ptr_nonnull(strstr(text, "\"text\":\"0x"));
        free(text);
    }
}
END_TEST

START_TEST(printing_keeps_large_numbers_exact)
{
    struct tree t = {.u = UINT64_MAX, .i = INT64_MIN};
    check_print(&t, TREE("\"18446744073709551615\"", "\"-9223372036854775808\"",
                         "\"\"", "\"\""));
    t.u = UINT64_C(1) << 53;
    t.i = -(INT64_C(1) << 53);
    check_print(&t,
                TREE("9007199254740992", "-9007199254740992", "\"\"", "\"\""));
}
END_TEST

SUITE(base_record_value)
{
    Suite *suite = suite_create("base_record_value");
    TCase *memory = tcase_create("in memory");
    tcase_add_test(memory, a_copy_is_deep);
    tcase_add_test(memory, any_difference_makes_unequal);
    tcase_add_test(memory, wiping_overwrites_the_struct);
    tcase_add_test(memory, printing_names_every_field);
    tcase_add_test(memory, printing_escapes);
    tcase_add_test(memory, printing_keeps_large_numbers_exact);
    suite_add_tcase(suite, memory);
    return suite;
}
