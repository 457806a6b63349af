/* test_real_node.c - the thread-safe node with real threads.
 * Layer: tests. */
#include "tests/support/real_helper.h"
#include "tests/support/real_nodes.h"
#include "tests/support/suites.h"

static void (*chosen)(void *);

/* On a server: what runs there is left alone by the framework. */
static void run_chosen(void *unused)
{
    struct sim_node *node = node_up(0);
    (void)unused;
    ck_assert(sim_node_call(node, "body", chosen, NULL));
    sim_node_end(node, "end", NULL, NULL);
    sim_node_free(node);
}

START_TEST(with_real_threads)
{
    chosen = node_bodies[_i];
    run_ok(run_chosen);
}
END_TEST

SUITE(hosts_real_node)
{
    Suite *suite = suite_create("hosts_real_node");
    TCase *tcase = tcase_create("node");
    tcase_add_loop_test(tcase, with_real_threads, 0, node_bodies_count);
    suite_add_tcase(suite, tcase);
    return suite;
}
