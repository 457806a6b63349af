/* bench.c - make bench: measures, prints a table, writes a flat JSON object.
 * Layer: tests. Usage: bench <bench.json> [part]. */
#include "tests/bench/bench.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench_raftcore.h"

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t bench_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t bench_wall_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* The best of some repetitions: what else the machine does only adds. */
static double best(double (*measure)(void))
{
    double least = measure();
    for (int i = 0; i < 2; i++) {
        double again = measure();
        least = again < least ? again : least;
    }
    return least;
}

/* target: at most this; below 0: at least as much; 0: none is set. */
static void put(json_t *figures, const char *key, double value,
                const char *unit, double target)
{
    json_object_set_new(figures, key, json_real(value));
    printf("  %-30s %12.*f %-6s", key, value < 10 ? 3 : 1, value, unit);
    if (target > 0) {
        printf(" at most %-8g %s", target, value <= target ? "met" : "MISSED");
    } else if (target < 0) {
        printf(" at least %-8g %s", -target,
               value >= -target ? "met" : "MISSED");
    }
    printf("\n");
    fflush(stdout);
}

/* Write, then rename: never half a file. */
static int save(json_t *figures, const char *path)
{
    size_t length = strlen(path);
    char *draft = malloc(length + 5);
    if (!draft) {
        return 1;
    }
    memcpy(draft, path, length);
    memcpy(draft + length, ".new", 5);
    size_t flags = JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(6);
    int err = json_dump_file(figures, draft, flags);
    if (err == 0) {
        err = rename(draft, path);
    }
    if (err != 0) {
        perror(path);
    }
    free(draft);
    return err;
}

/* ---- Parts: each returns how many runs of suites did not pass ------------*/

static int put_raft(json_t *figures)
{
    struct bench_suite suite = bench_suite();
    put(figures, "raft.suite_wall_s", suite.wall_s, "s", 0.5);
    put(figures, "raft.suite_cpu_s", suite.cpu_s, "s", 0);
    put(figures, "raft.suite_virtual_s", suite.virtual_s, "s", 0);
    put(figures, "raft.seeds_per_min", suite.seeds_per_min, "1/min", 0);
    put(figures, "raft.suite_pct_ratio", suite.pct_ratio, "x", 0);
    put(figures, "raft.suite_trace_ratio", suite.trace_ratio, "x", 2);
    return suite.failed;
}

static int put_sim(json_t *figures)
{
    put(figures, "labrpc.rpc_ns", best(bench_rpc), "ns", 600);
    put(figures, "labrpc.append5_ns", best(bench_append5), "ns", 0);
    put(figures, "sim.switch_ns", best(bench_switch), "ns", 15);
    put(figures, "sim.step_ns", best(bench_step), "ns", 50);
    put(figures, "sim.mutex_ns", best(bench_lock), "ns", 30);
    put(figures, "sim.sleep_wake_ns", best(bench_sleep), "ns", 40);
    put(figures, "sim.event_cost_101_over_3", bench_event_cost_ratio(), "x",
        1.5);
    put(figures, "sim.cluster_101_mib", bench_large_cluster_mib(), "MiB", 0);
    put(figures, "sim.threads_30000_s", bench_many_threads_s(), "s", 0);
    put(figures, "sim.crash_growth_kib", bench_crash_growth(), "KiB", 256);
    return 0;
}

static int put_kv(json_t *figures)
{
    struct bench_kv kv = bench_kv();
    put(figures, "kv.suite_wall_s", kv.wall_s, "s", 8);
    put(figures, "kv.suite_peak_mib", kv.peak_mib, "MiB", 200);
    put(figures, "kv.ops_per_virtual_s", kv.ops / kv.virtual_s, "1/s", 0);
    put(figures, "kv.ops_per_wall_s", kv.ops / kv.wall_s, "1/s", 0);
    return kv.failed;
}

static int put_lincheck(json_t *figures)
{
    put(figures, "lincheck.etcd_logs_cpu_ms", best(bench_etcd_logs_ms), "ms",
        45);
    put(figures, "lincheck.etcd_slowest_ms", best(bench_etcd_slowest_ms), "ms",
        25);
    put(figures, "lincheck.c50_ok_ms", best(bench_c50_ok_ms), "ms", 40);
    put(figures, "lincheck.c10_ok_ms", best(bench_c10_ok_ms), "ms", 0.12);
    put(figures, "lincheck.c10_whole_ms", best(bench_c10_ok_whole_ms), "ms",
        500);
    for (size_t ops = 1000; ops <= 1000000; ops *= 10) {
        for (int clients = 5; clients <= 50; clients *= 10) {
            char name[40];
            snprintf(name, sizeof(name), "lincheck.ops%zu_c%d_ms", ops,
                     clients);
            put(figures, name, bench_made_ms(ops, clients), "ms", 0);
        }
    }
    put(figures, "lincheck.ops1000000_c20_ms", bench_made_ms(1000000, 20), "ms",
        5000);
    put(figures, "lincheck.million_mib", bench_million_mib(), "MiB", 0);
    return 0;
}

static int put_raftcore(json_t *figures)
{
    bench_raftcore(figures, put);
    return 0;
}

static const struct {
    const char *name;
    int (*put_all)(json_t *figures);
} parts[] = {
    {"raft", put_raft},         {"sim", put_sim},           {"kv", put_kv},
    {"lincheck", put_lincheck}, {"raftcore", put_raftcore},
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

int main(int argc, char **argv)
{
    int failed = 0, done = 0;
    json_object_seed(1);
    json_t *figures = json_object();
    for (int i = 0; i < PARTS && argc >= 2; i++) {
        if (argc == 2 || strcmp(argv[2], parts[i].name) == 0) {
            failed += parts[i].put_all(figures);
            done++;
        }
    }
    if (done == 0) {
        fprintf(stderr, "usage: bench <bench.json> "
                        "[raft | sim | kv | lincheck | raftcore]\n");
        return 2;
    }
    put(figures, "bench.calibration_ns", best(bench_calibration), "ns", 0);
    if (failed > 0) {
        printf("  %d runs of the suites did not pass\n", failed);
    }
    int err = save(figures, argv[1]);
    json_decref(figures);
    return err == 0 && failed == 0 ? 0 : 1;
}
