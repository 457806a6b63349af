/* reference.h - running bodies of lab tests with the reference Raft.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_REFERENCE_H
#define TESTS_SUPPORT_REFERENCE_H

#include "tester/harness/cluster.h"
#include "tester/run/runner.h"
#include "tests/support/plugin_path.h"
#include <check.h>

/* Lives until the process ends, as its images do. */
static inline struct sim_plugin *reference_open(void)
{
    static const char *const exports[] = {
        "raft_make",
        "raft_start",
        "raft_get_state",
        "raft_snapshot",
        "raft_kill",
        "raft_rpcs",
        NULL,
    };
    static struct sim_plugin *plugin;
    char error[1024];
    plugin =
        sim_plugin_open(plugin_path("raft.so"), exports, error, sizeof(error));
    ck_assert_msg(plugin != NULL, "%s", error);
    return plugin;
}

/* One such run per process. */
static inline const struct verdict *
reference_run(void (*body)(struct cluster *))
{
    static struct verdict verdict;
    struct lab_test test = {
        .name = "T", .servers = 3, .body = body, .time_limit_s = 300};
    struct lab_run run = {.seed = 1, .impl = reference_open()};
    lab_test_run(&test, &run, &verdict);
    return &verdict;
}

static inline void reference_passes(void (*body)(struct cluster *))
{
    const struct verdict *verdict = reference_run(body);
    ck_assert_msg(verdict->kind == VERDICT_PASS, "%s: %s: %s (line %d)\n%s",
                  verdict_text(verdict->kind), verdict->rule, verdict->what,
                  verdict->line, verdict->servers);
}

#endif
