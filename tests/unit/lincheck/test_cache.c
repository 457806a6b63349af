/* test_cache.c - the cache of configurations: which ones dominate which.
 * Layer: tests. */
#include <check.h>

#include "base/random.h"
#include "lincheck/cache.h"
#include "tests/support/suites.h"

static bool add(struct cache *cache, uint64_t key, uint64_t penalty)
{
    uint64_t *words = cache_next(cache);
    words[0] = key;
    words[1] = penalty;
    return cache_add(cache);
}

START_TEST(dominated_configurations_are_refused)
{
    struct cache cache;
    cache_init(&cache, 1, 1);
    ck_assert(add(&cache, 7, 0x6));
    ck_assert(!add(&cache, 7, 0x6));
    ck_assert(!add(&cache, 7, 0x7));
    ck_assert(add(&cache, 8, 0x7)); /* another key */
    ck_assert(add(&cache, 7, 0x9)); /* neither dominates the other */
    ck_assert_uint_eq(cache.count, 3);
    cache_release(&cache);
}
END_TEST

START_TEST(dominating_configuration_replaces_the_dominated_one)
{
    struct cache cache;
    cache_init(&cache, 1, 1);
    ck_assert(add(&cache, 7, 0x6));
    ck_assert(add(&cache, 7, 0x2));
    ck_assert_uint_eq(cache.count, 1);
    ck_assert(!add(&cache, 7, 0x6));
    ck_assert(!add(&cache, 7, 0x3)); /* not dominated by the one replaced */
    cache_release(&cache);
}
END_TEST

/* Against a list of all configurations ever added: a new one is refused if and
 * only if one of them dominates it. The tables grow meanwhile. */
START_TEST(the_cache_agrees_with_a_list)
{
    enum { COUNT = 2000, KEYS = 50 };
    static uint64_t keys[COUNT], penalties[COUNT];
    struct cache cache;
    cache_init(&cache, 1, 1);
    for (uint64_t i = 0; i < COUNT; i++) {
        bool expected = true;
        keys[i] = random_below(random_at(1, 2 * i), KEYS);
        penalties[i] = random_below(random_at(1, 2 * i + 1), 1 << 8);
        for (uint64_t j = 0; j < i; j++) {
            expected = expected && (keys[j] != keys[i] ||
                                    (penalties[j] & ~penalties[i]) != 0);
        }
        ck_assert_int_eq(add(&cache, keys[i], penalties[i]), expected);
    }
    cache_release(&cache);
}
END_TEST

SUITE(lincheck_cache)
{
    Suite *suite = suite_create("lincheck_cache");
    TCase *tcase = tcase_create("cache");
    tcase_add_test(tcase, dominated_configurations_are_refused);
    tcase_add_test(tcase, dominating_configuration_replaces_the_dominated_one);
    tcase_add_test(tcase, the_cache_agrees_with_a_list);
    suite_add_tcase(suite, tcase);
    return suite;
}
