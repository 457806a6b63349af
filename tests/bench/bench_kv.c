/* bench_kv.c - the key/value labs as a whole.
 * Layer: tests. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/assert.h"
#include "tester/cli/implementation.h"
#include "tester/labs/registry.h"
#include "tester/run/runner.h"
#include "tests/bench/bench.h"

static bool count(const struct runner_job *job, const struct verdict *verdict,
                  void *context)
{
    struct bench_kv *kv = context;
    kv->ops += (double)verdict->stats.ops;
    kv->virtual_s += (double)verdict->run.now / 1e9;
    if (!verdict_passed(verdict->kind)) {
        kv->failed++;
        printf("  %s: %s\n", job->test->name, verdict_text(verdict->kind));
    }
    return true;
}

struct bench_kv bench_kv(void)
{
    struct bench_kv kv = {.failed = 0};
    struct implementation reference;
    size_t tests, jobs = 0;
    const struct lab_test *const *test = lab_tests(&tests);
    struct runner_job *job = lab_xcalloc(tests, sizeof(*job));
    if (!implementation_open(&(struct options){.impl = NULL}, &reference)) {
        exit(2);
    }
    for (size_t i = 0; i < tests; i++) {
        if (test[i]->service == ROLE_KV) {
            job[jobs++] = (struct runner_job){
                .test = test[i],
                .run = {.seed = 1,
                        .impl = reference.raft,
                        .service = reference.service},
            };
        }
    }
    struct runner_options options = {.parallel = 1};
    uint64_t begun = bench_wall_ns();
    enum lab_err err = runner_run(&options, job, jobs, count, &kv);
    LAB_ASSERT(err == LAB_OK);
    kv.wall_s = (double)(bench_wall_ns() - begun) / 1e9;
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    kv.peak_mib = (double)usage.ru_maxrss / 1024;
    implementation_close(&reference);
    free(job);
    return kv;
}
