/* suite.c - runs tests over seeds, for the commands test and grade.
 * Layer: tester/cli. See suite.h. */
#include "tester/cli/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "tester/cli/cmd.h"
#include "tester/cli/divergence.h"
#include "tester/cli/fresh.h"
#include "tester/cli/interrupt.h"
#include "tester/cli/logview.h"
#include "tester/cli/selection.h"

/* ---- Children -----------------------------------------------------------*/

static void run_test(const struct runner_job *job, struct verdict *verdict,
                     void *context)
{
    const struct suite *suite = context;
    close(RUNNER_VERDICT_FD);
    logview_select(suite->options->log_topics, job->test->servers);
    lab_test_run(job->test, &job->run, verdict);
}

static void run_fresh(const struct runner_job *job, struct verdict *verdict,
                      void *context)
{
    const struct suite *suite = context;
    (void)verdict;
    fresh_execute(job, suite->impl.path);
}

/* Say where two runs diverge. The search takes time, so do it only for the
 * lowest seed so far: its details are those that are kept. */
static void explain_divergence(struct suite *suite, struct verdict *verdict,
                               size_t at)
{
    const struct results *results = &suite->results;
    size_t used = strlen(verdict->what);
    if (verdict->kind != VERDICT_NONDETERMINISTIC) {
        return;
    }
    const struct outcome *detailed =
        results->tests[at / results->seed_count].detailed;
    if (!detailed || suite->jobs[at].run.seed < detailed->seed) {
        divergence_find(&suite->jobs[at], run_fresh, suite,
                        verdict->what + used, sizeof(verdict->what) - used);
        used = strlen(verdict->what);
    }
    snprintf(verdict->what + used, sizeof(verdict->what) - used,
             "; does the code use uninitialized memory, the values of "
             "addresses, or real time?");
}

/* ---- Results as they arrive ---------------------------------------------*/

static void show_progress(void *context)
{
    struct suite *suite = context;
    uint64_t done = suite->results.passed + suite->results.failed;
    if (!suite->live) {
        progress_show(&suite->progress, suite->verified + done,
                      suite->results.failed);
    }
}

/* Print the tests that have ended, in the order of the tests. */
static void show_ended_tests(struct suite *suite)
{
    struct results *results = &suite->results;
    while (suite->next_test < results->test_count) {
        struct tally *result = &results->tests[suite->next_test];
        if (!result_is_complete(results, result)) {
            return;
        }
        progress_clear(&suite->progress);
        suite->style->test_ended(suite, result);
        fflush(stdout);
        suite->next_test++;
    }
}

static struct fingerprint fingerprint_of(const struct verdict *verdict)
{
    return (struct fingerprint){
        .kind = verdict->kind,
        .end = verdict->run.end,
        .hash = verdict->run.hash,
        .steps = verdict->run.steps,
        .now = verdict->run.now,
    };
}

/* Compare a run with that of the fresh process. A run that the system or the
 * watchdog has killed stopped at a random place: do not compare it. */
static void verify(struct verdict *verdict, const struct fingerprint *first)
{
    struct fingerprint second = fingerprint_of(verdict);
    if (first->end == SIM_RUNNING || second.end == SIM_RUNNING) {
        return;
    }
    if (first->kind == second.kind && first->hash == second.hash &&
        first->steps == second.steps && first->now == second.now) {
        return;
    }
    verdict->kind = VERDICT_NONDETERMINISTIC;
    snprintf(verdict->rule, sizeof(verdict->rule), "same seed, same run");
    snprintf(verdict->what, sizeof(verdict->what),
             "two runs of this seed differ: %s with hash %016" PRIx64
             " after %" PRIu64 " steps in one process, %s with hash %016" PRIx64
             " after %" PRIu64 " steps in another",
             verdict_text(first->kind), first->hash, first->steps,
             verdict_text(second.kind), second.hash, second.steps);
}

static bool job_done(const struct runner_job *job,
                     const struct verdict *verdict, void *context)
{
    static struct verdict changed;
    struct suite *suite = context;
    struct results *results = &suite->results;
    size_t at = (size_t)job->tag;
    LAB_ASSERT(at < suite->job_count);
    struct tally *result = &results->tests[at / results->seed_count];
    struct outcome *outcome = &result->outcomes[at % results->seed_count];
    if (suite->first) {
        changed = *verdict;
        verify(&changed, &suite->first[at]);
        explain_divergence(suite, &changed, at);
        verdict = &changed;
    }
    suite->trace_error |= verdict->run.trace_error; /* with one run only */
    results_add(results, result, outcome, verdict);
    show_ended_tests(suite);
    show_progress(suite);
    return !ferror(stdout);
}

static bool fresh_done(const struct runner_job *job,
                       const struct verdict *verdict, void *context)
{
    struct suite *suite = context;
    LAB_ASSERT(job->tag < suite->job_count);
    suite->first[job->tag] = fingerprint_of(verdict);
    suite->verified++;
    show_progress(suite);
    return true;
}

/* ---- Set-up -------------------------------------------------------------*/

static void make_jobs(struct suite *suite)
{
    const struct options *options = suite->options;
    const struct results *results = &suite->results;
    suite->job_count = results->test_count * (size_t)results->seed_count;
    suite->jobs = lab_xcalloc(suite->job_count, sizeof(*suite->jobs));
    LAB_ASSERT(suite->impl.raft);
    for (size_t at = 0; at < suite->job_count; at++) {
        suite->jobs[at] = (struct runner_job){
            .test = results->tests[at / results->seed_count].test,
            .run = {.seed = results->first_seed + at % results->seed_count,
                    .policy = options->policy,
                    .impl = suite->impl.raft,
                    .service = suite->impl.service,
                    .time_limit_s = options->time_limit_s,
                    .trace_fd = suite->trace_fd,
                    .real = options->real,
                    .race = options->race},
            .tag = at,
        };
    }
}

static bool open_trace(struct suite *suite)
{
    const struct options *options = suite->options;
    if (!options->trace_path) {
        return true;
    }
    if (suite->results.test_count != 1 || suite->results.seed_count != 1) {
        complain("--trace needs exactly one test and one seed");
        return false;
    }
    suite->trace_fd = open(options->trace_path,
                           O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (suite->trace_fd < 0) {
        complain_of_trace(options, errno);
        suite->trace_fd = 0;
        return false;
    }
    return true;
}

static bool open_report(struct suite *suite)
{
    const char *path = suite->options->json_path;
    if (path && report_open(&suite->report, path) != LAB_OK) {
        complain("cannot write a report to %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

/* Find everything that can be wrong before the first run. */
static bool suite_open(struct suite *suite, const struct options *options)
{
    struct selection selection;
    struct results *results = &suite->results;
    if (!selection_make(options, &selection)) {
        return false;
    }
    bool opened = implementation_open(options, &suite->impl);
    selection_keep(options, suite->impl.roles, &selection);
    for (size_t i = 0; opened && i < selection.count; i++) {
        opened = implementation_has(&suite->impl, selection.tests[i]);
    }
    results_init(results, selection.tests, selection.count, options->seed,
                 options->seeds);
    free(selection.tests);
    suite->look = look_now(options);
    suite->table = table_for(&suite->look, results);
    if (!opened || !open_trace(suite) || !open_report(suite)) {
        return false;
    }
    results->command = suite->style->command;
    results->impl = suite->impl.path;
    results->policy = options->policy;
    results->time_limit_s = options->time_limit_s;
    results->real = options->real;
    make_jobs(suite);
    suite->live = options->log_topics && suite->job_count == 1;
    logview_init(suite->live ? suite->look.columns : 0,
                 suite->live && suite->look.colour);
    if (options->verify) {
        suite->first = lab_xcalloc(suite->job_count, sizeof(*suite->first));
    }
    progress_init(&suite->progress, &suite->look,
                  suite->job_count * (options->verify ? 2 : 1));
    return true;
}

static void suite_close(struct suite *suite)
{
    report_abandon(&suite->report);
    implementation_close(&suite->impl);
    results_release(&suite->results);
    free(suite->jobs);
    free(suite->first);
    if (suite->trace_fd > 0) {
        close(suite->trace_fd);
    }
}

/* ---- Running ------------------------------------------------------------*/

static double wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* In a real run the limit of the test is in real seconds, and must come first.
 */
static int hang_wall_s(const struct options *options)
{
    enum { REAL_HANG_S = 600 };
    return options->real ? REAL_HANG_S + options->time_limit_s : 0;
}

/* With --verify first run all jobs in fresh processes, then those that count.
 */
static bool run_jobs(struct suite *suite, const volatile sig_atomic_t *stop)
{
    struct runner_options options = {
        .parallel = suite->options->parallel,
        .hang_wall_s = hang_wall_s(suite->options),
        .tick = show_progress,
        .child = run_fresh,
        .stop = stop,
    };
    enum lab_err err = LAB_OK;
    double began_s = wall_s();
    if (suite->first) {
        err = runner_run(&options, suite->jobs, suite->job_count, fresh_done,
                         suite);
    }
    options.child = run_test;
    options.show_output = suite->live;
    if (err == LAB_OK && !*stop) {
        err = runner_run(&options, suite->jobs, suite->job_count, job_done,
                         suite);
    }
    suite->results.wall_s = wall_s() - began_s;
    int error = errno;
    progress_clear(&suite->progress);
    if (err != LAB_OK) {
        complain("cannot run a process: %s", strerror(error));
    }
    return err == LAB_OK;
}

/* After Ctrl-C: print the tests of which some seeds have ended. */
static void show_interrupted(struct suite *suite)
{
    struct results *results = &suite->results;
    for (; suite->next_test < results->test_count; suite->next_test++) {
        struct tally *result = &results->tests[suite->next_test];
        if (result->passed + result->failed > 0) {
            suite->style->test_ended(suite, result);
        }
    }
    fflush(stdout);
    complain("interrupted: %" PRIu64 " of %zu runs had ended%s",
             results->passed + results->failed, suite->job_count,
             suite->report.path ? "; no report was written" : "");
}

static int finish(struct suite *suite, bool interrupted)
{
    struct results *results = &suite->results;
    const char *path = suite->options->json_path;
    int status = results->failed > 0 ? STATUS_FAILED : STATUS_PASSED;
    if (interrupted) {
        show_interrupted(suite);
        status = STATUS_INTERRUPTED;
    } else {
        LAB_ASSERT(ferror(stdout) ||
                   results->passed + results->failed == suite->job_count);
        suite->style->all_ended(suite);
        if (path && report_write(&suite->report, results) != LAB_OK) {
            complain("cannot write a report to %s: %s", path, strerror(errno));
            status = STATUS_USAGE;
        }
    }
    if (suite->trace_error != 0) {
        complain_of_trace(suite->options, suite->trace_error);
        status = STATUS_USAGE;
    }
    print_summary(results);
    return status;
}

int suite_main(const struct options *options, const struct suite_style *style)
{
    struct suite suite = {.options = options, .style = style};
    int status = STATUS_USAGE;
    const volatile sig_atomic_t *stop = interrupt_watch();
    if (suite_open(&suite, options)) {
        style->heading(&suite);
        if (run_jobs(&suite, stop)) {
            status = finish(&suite, *stop != 0);
        }
    } else if (*stop) {
        status = STATUS_INTERRUPTED;
    }
    suite_close(&suite);
    return status;
}
