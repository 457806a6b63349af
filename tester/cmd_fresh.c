/* cmd_fresh.c - one run in a freshly executed process, for --verify.
 * Layer: tester.
 *
 * A child made by fork has the addresses of its parent: running a seed twice
 * that way finds nothing. So the child executes this program anew; addresses
 * are drawn again by the system, and the environment has another size. The
 * verdict's memory arrives as a descriptor. */
#include "tester/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/random.h"
#include "tester/runner.h"

enum { PADDING_MAX = 8192, ARGUMENTS = 7 };
static const char padding_name[] = "RAFTLAB_PADDING";

static void set_padding(uint64_t seed)
{
    static char padding[PADDING_MAX];
    uint64_t key = random_key_text(seed, padding_name);
    size_t size = (size_t)random_below(random_at(key, 0), PADDING_MAX);
    memset(padding, '.', size);
    padding[size] = '\0';
    setenv(padding_name, padding, 1);
}

_Noreturn void cmd_fresh_execute(const struct runner_job *job,
                                 const char *impl_path)
{
    char seed[32];
    char policy[16];
    char limit[16];
    snprintf(seed, sizeof(seed), "%" PRIu64, job->run.seed);
    snprintf(policy, sizeof(policy), "%d", (int)job->run.policy);
    snprintf(limit, sizeof(limit), "%d", job->run.time_limit_s);
    set_padding(job->run.seed);
    execl("/proc/self/exe", "raftlab", CMD_FRESH_NAME, impl_path,
          job->test->name, seed, policy, limit, (char *)NULL);
    perror("raftlab: /proc/self/exe");
    _exit(RUNNER_STATUS_BROKEN);
}

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "raftlab: %s\n", what);
    _exit(RUNNER_STATUS_BROKEN);
}

_Noreturn void cmd_fresh(int argc, char **argv)
{
    if (argc != ARGUMENTS) {
        give_up("run-fresh is for raftlab itself");
    }
    struct implementation impl;
    const struct lab_test *test = lab_test_find(argv[3]);
    struct lab_run run = {
        .policy = (enum sim_policy)atoi(argv[5]),
        .time_limit_s = atoi(argv[6]),
    };
    void *memory = mmap(NULL, sizeof(struct verdict), PROT_READ | PROT_WRITE,
                        MAP_SHARED, RUNNER_VERDICT_FD, 0);
    if (memory == MAP_FAILED || !test || !options_number(argv[4], &run.seed)) {
        give_up("run-fresh is for raftlab itself");
    }
    close(RUNNER_VERDICT_FD);
    unsetenv(padding_name);
    if (!implementation_open_unprobed(argv[2], &impl)) {
        give_up("run-fresh cannot open the plug-in");
    }
    run.impl = impl.plugin;
    lab_test_run(test, &run, memory);
    fflush(stdout);
    _exit(RUNNER_STATUS_DONE);
}
