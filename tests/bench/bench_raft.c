/* bench_raft.c - the lab suite as a whole, and memory over many crashes.
 * Layer: tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.h"
#include "labrpc/network.h"
#include "persister/store.h"
#include "raftapi/service.h"
#include "tester/cli/implementation.h"
#include "tester/harness/impl.h"
#include "tester/labs/registry.h"
#include "tester/run/runner.h"
#include "tests/bench/bench.h"

/* The reference beside this program; why not is said already. */
static struct implementation open_reference(void)
{
    struct implementation reference;
    if (!implementation_open(&(struct options){.impl = NULL}, &reference)) {
        exit(2);
    }
    return reference;
}

struct sim_plugin *bench_reference(void)
{
    return open_reference().raft;
}

/* ---- The suite ----------------------------------------------------------*/

struct tally {
    uint64_t virtual_ns;
    int failed;
};

static bool count(const struct runner_job *job, const struct verdict *verdict,
                  void *context)
{
    struct tally *tally = context;
    tally->virtual_ns += verdict->run.now;
    if (!verdict_passed(verdict->kind)) {
        tally->failed++;
        printf("  %s seed %llu: %s\n", job->test->name,
               (unsigned long long)job->run.seed, verdict_text(verdict->kind));
    }
    return true;
}

/* Every test at seeds 1 .. seeds, run like this; returns wall seconds. */
static double run_suite(struct lab_run how, int seeds, int parallel,
                        struct tally *tally)
{
    size_t tests = 0;
    const struct lab_test *const *test = lab_tests(&tests);
    while (test[tests - 1]->part[0] != '2') {
        tests--; /* Raft's come first */
    }
    size_t jobs = tests * (size_t)seeds;
    struct runner_job *job = lab_xcalloc(jobs, sizeof(*job));
    for (size_t i = 0; i < jobs; i++) {
        job[i] = (struct runner_job){
            .test = test[i % tests],
            .run = how,
        };
        job[i].run.seed = i / tests + 1;
    }
    struct runner_options options = {.parallel = parallel};
    *tally = (struct tally){0};
    uint64_t before = bench_wall_ns();
    enum lab_err err = runner_run(&options, job, jobs, count, tally);
    double wall_s = (double)(bench_wall_ns() - before) / 1e9;
    LAB_ASSERT(err == LAB_OK);
    free(job);
    return wall_s;
}

static double children_cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Least CPU seconds of some repetitions of the suite, run like this. */
static double suite_cpu_s(struct lab_run how)
{
    enum { REPEATS = 5 };
    struct tally tally;
    double least = 1e9;
    for (int i = 0; i < REPEATS; i++) {
        double before = children_cpu_s();
        run_suite(how, 1, 1, &tally);
        double spent = children_cpu_s() - before;
        least = spent < least ? spent : least;
    }
    return least;
}

static void measure_modes(struct sim_plugin *plugin, struct bench_suite *suite)
{
    FILE *trace = tmpfile();
    LAB_ASSERT(trace != NULL);
    struct lab_run how = {.impl = plugin};
    double plain_s = suite_cpu_s(how);
    how.policy = SIM_PCT;
    suite->pct_ratio = suite_cpu_s(how) / plain_s;
    how = (struct lab_run){.impl = plugin, .trace_fd = fileno(trace)};
    suite->trace_ratio = suite_cpu_s(how) / plain_s;
    fclose(trace);
}

struct bench_suite bench_suite(void)
{
    enum { REPEATS = 3, SEEDS = 20 };
    struct implementation reference = open_reference();
    struct lab_run how = {.impl = reference.raft};
    struct bench_suite suite = {.wall_s = 1e9};
    struct tally tally;
    for (int i = 0; i < REPEATS; i++) {
        double cpu_before = children_cpu_s();
        double wall_s = run_suite(how, 1, 1, &tally);
        if (wall_s < suite.wall_s) {
            suite.wall_s = wall_s;
            suite.cpu_s = children_cpu_s() - cpu_before;
            suite.virtual_s = (double)tally.virtual_ns / 1e9;
        }
    }
    int processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
    double wall_s = run_suite(how, SEEDS, processors, &tally);
    suite.seeds_per_min = SEEDS * 60 / wall_s;
    suite.failed = tally.failed;
    measure_modes(reference.raft, &suite);
    implementation_close(&reference);
    return suite;
}

/* ---- Crashes ------------------------------------------------------------*/

struct crashes {
    struct sim_plugin *plugin;
    struct sim_node *node;
    struct impl impl;
    struct labrpc_network *net;
    struct raft_config config;
    double growth_kib;
};

double bench_resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    LAB_ASSERT(file != NULL);
    int read = fscanf(file, "%*s %ld", &pages);
    LAB_ASSERT(read == 1);
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void live(void *argument)
{
    struct crashes *c = argument;
    c->impl.make(&c->config);
    for (int i = 0; i < 64; i++) {
        void *block = malloc(1024); /* lost at the crash */
        memset(block, i, 1024);
    }
}

static void crash_and_restart(struct crashes *c, int times)
{
    for (int i = 0; i < times; i++) {
        c->config.apply = apply_channel_new(0);
        sim_image_reset(c->impl.image);
        sim_node_boot(c->node);
        bool made = sim_node_call(c->node, "make", live, c);
        LAB_ASSERT(made);
        sim_sleep(SIM_SECOND / 2); /* elections, calls, saves */
        sim_node_crash(c->node);
        apply_channel_close(c->config.apply);
        apply_channel_free(c->config.apply);
    }
}

static void crash_often(void *argument)
{
    enum { PEERS = 3, WARM_UP = 1000, CYCLES = 10000 };
    struct crashes *c = argument;
    struct labrpc_end *peers[PEERS];
    char error[1024];
    c->net = labrpc_new(1);
    for (int i = 0; i < PEERS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "end%d", i);
        peers[i] = labrpc_end_new(c->net, name); /* leads nowhere */
    }
    c->node = sim_node_new("server", 0);
    bool loaded = impl_load(c->plugin, &c->impl, error, sizeof(error));
    LAB_ASSERT(loaded);
    c->config = (struct raft_config){
        .count = PEERS, .peers = peers, .persister = persister_new()};
    crash_and_restart(c, WARM_UP);
    double before = bench_resident_kib();
    crash_and_restart(c, CYCLES);
    c->growth_kib = bench_resident_kib() - before;
}

double bench_crash_growth(void)
{
    struct implementation reference = open_reference();
    struct crashes c = {.plugin = reference.raft};
    struct sim_options options = {.seed = 1, .step_limit = UINT64_MAX};
    struct sim_result *result = lab_xcalloc(1, sizeof(*result));
    sim_run(&options, crash_often, &c, result);
    if (result->end != SIM_DONE) {
        fprintf(stderr, "benchmark: %s\n", result->what);
        exit(1);
    }
    free(result);
    implementation_close(&reference);
    return c.growth_kib;
}
