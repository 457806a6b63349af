/* real_helper.h - running bodies on real threads from unit tests.
 * Layer: tests. A process has one real run, so each test has one. */
#ifndef TESTS_SUPPORT_REAL_HELPER_H
#define TESTS_SUPPORT_REAL_HELPER_H

#include <check.h>
#include <string.h>

#include "sim/node.h"
#include "sim/sim.h"

static struct sim_result result;

static inline void real_run(void (*body)(void *), sim_ns limit)
{
    struct sim_options options = {.seed = 1, .real = true, .time_limit = limit};
    sim_run(&options, body, NULL, &result);
}

static inline void run_ok(void (*body)(void *))
{
    real_run(body, 0);
    ck_assert_msg(result.end == SIM_DONE, "%s: %s\n%s",
                  sim_end_text(result.end), result.what, result.threads);
}

static inline void run_ends(enum sim_end end, const char *what,
                            void (*body)(void *), sim_ns limit)
{
    real_run(body, limit);
    ck_assert_msg(result.end == end && strstr(result.what, what), "%s: %s",
                  sim_end_text(result.end), result.what);
}

static inline struct sim_node *node_up(int index)
{
    struct sim_node *node = sim_node_new("server", index);
    sim_node_boot(node);
    return node;
}

#endif
