/* test_node.c - the thread-safe node in simulated runs: the same seed, the same
 * run.
 * Layer: tests. */
#include "tests/support/real_nodes.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

START_TEST(in_simulated_runs)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        uint64_t once = sim_ok(seed, SIM_RANDOM, node_bodies[_i], NULL);
        uint64_t again = sim_ok(seed, SIM_RANDOM, node_bodies[_i], NULL);
        ck_assert_uint_eq(once, again);
        sim_ok(seed, SIM_PCT, node_bodies[_i], NULL);
    }
}
END_TEST

SUITE(hosts_node)
{
    Suite *suite = suite_create("hosts_node");
    TCase *tcase = tcase_create("node");
    tcase_add_loop_test(tcase, in_simulated_runs, 0, node_bodies_count);
    suite_add_tcase(suite, tcase);
    return suite;
}
