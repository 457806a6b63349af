/* cmd_debug.c - raftlab debug: one run in gdb, stopped where it fails.
 * Layer: tester/cli.
 *
 * gdb executes this program again, and that process runs the test itself. The
 * script tools/gdb/raftlab.py shows simulated threads and stops the run. */
#include "tester/cli/cmd_debug.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tester/cli/cmd.h"
#include "tester/cli/implementation.h"
#include "tester/cli/program_path.h"
#include "tester/cli/selection.h"
#include "tester/labs/registry.h"

enum { ARGUMENTS = 8 };

/* ---- In gdb -------------------------------------------------------------*/

_Noreturn void cmd_here(int argc, char **argv)
{
    static struct verdict verdict;
    struct implementation impl;
    struct lab_run run = {.seed = 0};
    const struct lab_test *test =
        argc == ARGUMENTS ? lab_test_find(argv[3]) : NULL;
    if (!test || !options_number(argv[4], &run.seed)) {
        complain(CMD_HERE_NAME " is for raftlab itself");
        exit(STATUS_USAGE);
    }
    run.policy = (enum sim_policy)atoi(argv[5]);
    run.time_limit_s = atoi(argv[6]);
    run.race = atoi(argv[7]) != 0;
    if (!implementation_open_unprobed(argv[2], run.race, &impl)) {
        exit(STATUS_USAGE);
    }
    run.impl = impl.raft;
    run.service = impl.service;
    sim_plugin_for_debuggers();
    clearenv(); /* the environment of a runner's child */
    setenv("LC_ALL", "C", 1);
    setenv("TZ", "UTC", 1);
    lab_test_run(test, &run, &verdict);
    printf("%s, hash %016" PRIx64 "\n", verdict_text(verdict.kind),
           verdict.run.hash);
    exit(verdict_passed(verdict.kind) ? STATUS_PASSED : STATUS_FAILED);
}

/* ---- Starting gdb -------------------------------------------------------*/

static char *script_path(void)
{
    static const char name[] = "/tools/gdb/raftlab.py";
    char *root = program_root();
    size_t size = strlen(root) + sizeof(name);
    char *path = lab_xmalloc(size);
    snprintf(path, size, "%s%s", root, name);
    free(root);
    return path;
}

static void execute_gdb(const struct options *options, const char *script,
                        const char *impl, const char *test)
{
    char program[PATH_MAX], seed[24], policy[16], limit[16];
    if (!realpath("/proc/self/exe", program)) {
        return;
    }
    snprintf(seed, sizeof(seed), "%" PRIu64, options->seed);
    snprintf(policy, sizeof(policy), "%d", (int)options->policy);
    snprintf(limit, sizeof(limit), "%d", options->time_limit_s);
    fflush(stdout);
    execlp("gdb", "gdb", "-q", "-x", script, "-ex", "run", "--args", program,
           CMD_HERE_NAME, impl, test, seed, policy, limit,
           options->race ? "1" : "0", (char *)NULL);
}

static int debug_one(const struct options *options, const char *test)
{
    struct implementation impl;
    char *script = script_path();
    if (access(script, R_OK) != 0) {
        complain("%s: %s; this program was moved away from its sources", script,
                 strerror(errno));
    } else if (implementation_open(options, &impl)) {
        execute_gdb(options, script, impl.path, test);
        if (errno == ENOENT) {
            complain("gdb is not installed; on Debian: apt-get install gdb");
        } else {
            complain("gdb cannot be started: %s", strerror(errno));
        }
        implementation_close(&impl);
    }
    free(script);
    return STATUS_USAGE;
}

int cmd_debug(const struct options *options)
{
    struct selection selection;
    int status = STATUS_USAGE;
    if (options->name_count != 1 || !options->seed_given) {
        complain("debug needs a test and a seed, such as: raftlab debug "
                 "TestBackup2B --seed 7");
        return STATUS_USAGE;
    }
    if (!selection_make(options, &selection)) {
        return STATUS_USAGE;
    }
    if (selection.count == 1) {
        status = debug_one(options, selection.tests[0]->name);
    } else {
        complain("debug: '%s' selects %zu tests; debug takes one",
                 options->names[0], selection.count);
    }
    free(selection.tests);
    return status;
}
