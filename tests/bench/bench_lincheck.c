/* bench_lincheck.c - how long checking histories takes.
 * Layer: tests. Reading files is not part of it. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lincheck/read.h"
#include "tests/bench/bench.h"
#include "tests/support/large_history.h"

static double check_ms(struct lin_history *history, bool whole, size_t *bytes)
{
    struct lin_options options = lin_default_options;
    struct lin_result result;
    options.whole = whole;
    uint64_t begun = bench_cpu_ns();
    lin_check(history, &options, &result);
    double ms = (double)(bench_cpu_ns() - begun) / 1e6;
    *bytes = result.bytes_peak;
    lin_result_release(&result);
    lin_history_free(history);
    return ms;
}

/* Relative to the folder of other projects' files; 0: not there. */
static double file_ms(const char *name, bool whole)
{
    char path[1024], error[256];
    size_t bytes;
    const char *folder = getenv("RAFTLAB_TESTDATA");
    snprintf(path, sizeof(path), "%s/histories/%s",
             folder ? folder : "../shared/testdata", name);
    struct lin_history *history = lin_read(path, error, sizeof(error));
    return history ? check_ms(history, whole, &bytes) : 0;
}

static double logs_ms(double *slowest)
{
    double sum = 0;
    *slowest = 0;
    for (int i = 0; i < 200; i++) {
        char name[64];
        snprintf(name, sizeof(name), "register/etcd_%03d.log", i);
        double ms = file_ms(name, false);
        sum += ms;
        *slowest = ms > *slowest ? ms : *slowest;
    }
    return sum;
}

double bench_etcd_logs_ms(void)
{
    double slowest;
    return logs_ms(&slowest);
}

double bench_etcd_slowest_ms(void)
{
    double slowest;
    logs_ms(&slowest);
    return slowest;
}

double bench_c50_ok_ms(void)
{
    return file_ms("kv/c50-ok.txt", false);
}

double bench_c10_ok_ms(void)
{
    return file_ms("kv/c10-ok.txt", false);
}

double bench_c10_ok_whole_ms(void)
{
    return file_ms("kv/c10-ok.txt", true);
}

static double made(size_t ops, int clients, size_t *bytes)
{
    struct large_history large = {&lin_register, ops, clients, 50, 0, SIZE_MAX};
    return check_ms(large_history(&large, 1), false, bytes);
}

double bench_made_ms(size_t ops, int clients)
{
    size_t bytes;
    return made(ops, clients, &bytes);
}

double bench_million_mib(void)
{
    size_t bytes;
    made(1000000, 20, &bytes);
    return (double)bytes / (1 << 20);
}
