/* fresh.c - runs a job in a freshly executed process, for --verify.
 * Layer: tester/cli.
 *
 * A forked child has the addresses of its parent, so two children would run
 * alike even if the code under test depends on addresses. Here the child
 * executes this program again: the system draws new addresses, the environment
 * has another size, and fresh memory is filled with a byte that the seed
 * chooses. The memory of the verdict arrives as a descriptor. */
#include "tester/cli/fresh.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/random.h"
#include "tester/cli/implementation.h"
#include "tester/labs/registry.h"

enum { PADDING_MAX = 8192, ARGUMENTS = 10 };
static const char padding_name[] = "RAFTLAB_PADDING";

/* The byte that fresh memory holds; never 0, which hides most mistakes. */
static uint8_t fill_of(uint64_t seed)
{
    uint64_t draw = random_at(random_key_text(seed, "fill"), 0);
    return (uint8_t)(1 + random_below(draw, UINT8_MAX));
}

static void set_padding(uint64_t seed)
{
    static char padding[PADDING_MAX];
    uint64_t key = random_key_text(seed, padding_name);
    size_t size = (size_t)random_below(random_at(key, 0), PADDING_MAX);
    memset(padding, '.', size);
    padding[size] = '\0';
    setenv(padding_name, padding, 1);
}

_Noreturn void fresh_execute(const struct runner_job *job,
                             const char *impl_path)
{
    char seed[32];
    char policy[16];
    char limit[16];
    char trace[16];
    const char *race = job->run.race ? "1" : "0";
    const char *steps = job->run.trace_steps ? "1" : "0";
    snprintf(seed, sizeof(seed), "%" PRIu64, job->run.seed);
    snprintf(policy, sizeof(policy), "%d", (int)job->run.policy);
    snprintf(limit, sizeof(limit), "%d", job->run.time_limit_s);
    snprintf(trace, sizeof(trace), "%d", job->run.trace_fd);
    set_padding(job->run.seed);
    execl("/proc/self/exe", "raftlab", FRESH_NAME, impl_path, job->test->name,
          seed, policy, limit, race, trace, steps, (char *)NULL);
    perror("raftlab: /proc/self/exe");
    _exit(RUNNER_STATUS_BROKEN);
}

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "raftlab: %s\n", what);
    _exit(RUNNER_STATUS_BROKEN);
}

_Noreturn void fresh_main(int argc, char **argv)
{
    if (argc != ARGUMENTS) {
        give_up("run-fresh is for raftlab itself");
    }
    struct implementation impl;
    const struct lab_test *test = lab_test_find(argv[3]);
    struct lab_run run = {
        .policy = (enum sim_policy)atoi(argv[5]),
        .time_limit_s = atoi(argv[6]),
        .race = atoi(argv[7]) != 0,
        .trace_fd = atoi(argv[8]),
        .trace_steps = atoi(argv[9]) != 0,
    };
    void *memory = mmap(NULL, sizeof(struct verdict), PROT_READ | PROT_WRITE,
                        MAP_SHARED, RUNNER_VERDICT_FD, 0);
    if (memory == MAP_FAILED || !test || !options_number(argv[4], &run.seed)) {
        give_up("run-fresh is for raftlab itself");
    }
    close(RUNNER_VERDICT_FD);
    unsetenv(padding_name);
    if (!implementation_open_unprobed(argv[2], run.race, &impl)) {
        give_up("run-fresh cannot open the plug-in");
    }
    run.impl = impl.raft;
    run.service = impl.service;
    run.fill = fill_of(run.seed);
    lab_test_run(test, &run, memory);
    fflush(stdout);
    _exit(RUNNER_STATUS_DONE);
}
