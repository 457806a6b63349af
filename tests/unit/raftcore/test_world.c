/* test_world.c - randomized clusters with message loss, crashes and membership
 * changes have the properties of Raft.
 * Layer: tests. RC_SEEDS=10000 sets the number of seeds (make cores). */
#include <inttypes.h>
#include <stdlib.h>

#include "tests/support/rc_world.h"
#include "tests/support/suites.h"

enum { STEPS = 6000 };

static uint64_t seeds(void)
{
    const char *text = getenv("RC_SEEDS");
    return text ? strtoull(text, NULL, 10) : 150;
}

/* Figure 3, at every step. */
START_TEST(every_safety_property_holds)
{
    struct world_result sum = {.broken = NULL};
    uint64_t rested = 0;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct world_result is = world_run(seed, STEPS);
        ck_assert_msg(!is.broken, "seed %" PRIu64 ", step %" PRIu64 ": %s",
                      seed, is.step, is.broken);
        sum.committed += is.committed;
        sum.changes += is.changes;
        sum.restored += is.restored;
        sum.reads += is.reads;
        sum.leaders += is.leaders;
        rested += is.came_to_rest;
    }
    /* And it all did happen. */
    ck_assert_uint_gt(sum.committed, 20 * seeds());
    ck_assert_uint_gt(sum.changes, 4 * seeds());
    ck_assert_uint_gt(sum.restored, seeds() / 2);
    ck_assert_uint_gt(sum.reads, seeds());
    ck_assert_uint_gt(sum.leaders, 3 * seeds());
    ck_assert_uint_gt(rested, seeds() / 2);
}
END_TEST

START_TEST(the_same_seed_is_the_same_world)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world_result once = world_run(seed, STEPS);
        struct world_result twice = world_run(seed, STEPS);
        ck_assert_uint_eq(once.hash, twice.hash);
        ck_assert_uint_ne(once.hash, world_run(seed + 1, STEPS).hash);
    }
}
END_TEST

SUITE(raftcore_world)
{
    Suite *suite = suite_create("raftcore_world");
    TCase *tcase = tcase_create("world");
    tcase_add_test(tcase, every_safety_property_holds);
    tcase_add_test(tcase, the_same_seed_is_the_same_world);
    suite_add_tcase(suite, tcase);
    return suite;
}
