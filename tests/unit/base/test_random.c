/* test_random.c - draws are pure functions, uniform and independent.
 * Layer: tests. The functions are deterministic, so a statistic that holds once
 * holds always. */
#include <check.h>

#include "base/random.h"
#include "tests/support/suites.h"

START_TEST(a_draw_depends_on_key_and_number_alone)
{
    uint64_t key = random_key_text(1, "loss");
    uint64_t first = random_at(key, 5);
    (void)random_at(key, 6);
    ck_assert_uint_eq(random_at(key, 5), first);
    ck_assert_uint_ne(random_at(key, 6), first);
    ck_assert_uint_ne(random_at(random_key_text(2, "loss"), 5), first);
    ck_assert_uint_ne(random_at(random_key_text(1, "wait"), 5), first);
}
END_TEST

/* A recorded run must replay on every machine and in every later version. */
START_TEST(values_never_change)
{
    ck_assert_uint_eq(random_mix(1), UINT64_C(0x3c0aad46f555e0b9));
    ck_assert_uint_eq(random_key(1, 2), UINT64_C(0x59dde60be76a45f1));
    ck_assert_uint_eq(random_at(1, 2), UINT64_C(0xbb862122d5daca6a));
    ck_assert_uint_eq(random_key_text(1, "a longer name"),
                      UINT64_C(0x4b3d135fbb5e394f));
}
END_TEST

START_TEST(different_names_give_different_keys)
{
    static const char *const names[] = {
        "",         "a",         "b",        "aa",        "ab",   "ba",
        "abcdefgh", "abcdefghi", "abcdefgi", "abcdefgh ", "\x01", "\xff",
    };
    size_t count = sizeof(names) / sizeof(names[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            ck_assert_uint_ne(random_key_text(0, names[i]),
                              random_key_text(0, names[k]));
        }
    }
}
END_TEST

START_TEST(below_covers_the_range_evenly)
{
    enum { BOUND = 27, DRAWS = 27000 };
    int seen[BOUND] = {0};
    uint64_t key = random_key_text(7, "even");
    for (uint64_t i = 0; i < DRAWS; i++) {
        uint64_t value = random_below(random_at(key, i), BOUND);
        ck_assert_uint_lt(value, BOUND);
        seen[value]++;
    }
    for (int i = 0; i < BOUND; i++) {
        /* 1000 are expected; the standard deviation is 31. */
        ck_assert_int_gt(seen[i], 870);
        ck_assert_int_lt(seen[i], 1130);
    }
}
END_TEST

START_TEST(below_reaches_both_ends)
{
    ck_assert_uint_eq(random_below(0, 100), 0);
    ck_assert_uint_eq(random_below(UINT64_MAX, 100), 99);
    ck_assert_uint_eq(random_below(UINT64_MAX, 1), 0);
    ck_assert_uint_eq(random_below(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
}
END_TEST

/* One bit of the counter changes half of the bits of the draw. */
START_TEST(neighbouring_numbers_have_unrelated_draws)
{
    uint64_t key = random_key(3, 4);
    int changed = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t difference = random_at(key, 2 * i) ^ random_at(key, 2 * i + 1);
        changed += __builtin_popcountll(difference);
    }
    ck_assert_int_gt(changed, 31500);
    ck_assert_int_lt(changed, 32500);
}
END_TEST

SUITE(base_random)
{
    Suite *suite = suite_create("base_random");
    TCase *draws = tcase_create("draws");
    tcase_add_test(draws, a_draw_depends_on_key_and_number_alone);
    tcase_add_test(draws, values_never_change);
    tcase_add_test(draws, different_names_give_different_keys);
    tcase_add_test(draws, below_covers_the_range_evenly);
    tcase_add_test(draws, below_reaches_both_ends);
    tcase_add_test(draws, neighbouring_numbers_have_unrelated_draws);
    suite_add_tcase(suite, draws);
    return suite;
}
