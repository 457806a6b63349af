/* cmd_replay.c - raftlab replay: repeats one run and prints its log live.
 * Layer: tester/cli. Then it prints the failure, and the line of the run with
 * its hash: equal hashes prove that it was the same execution. */
#include "tester/cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tester/cli/implementation.h"
#include "tester/cli/interrupt.h"
#include "tester/cli/logview.h"
#include "tester/cli/print_failure.h"
#include "tester/cli/print_table.h"
#include "tester/cli/selection.h"
#include "tester/run/runner.h"

struct replay {
    const struct options *options;
    struct look look;
    struct results results;
    int trace_error; /* errno if the trace could not be written, else 0 */
};

static void run_test(const struct runner_job *job, struct verdict *verdict,
                     void *context)
{
    const struct replay *replay = context;
    close(RUNNER_VERDICT_FD);
    logview_select(replay->options->log_topics, job->test->servers);
    lab_test_run(job->test, &job->run, verdict);
}

static bool run_done(const struct runner_job *job,
                     const struct verdict *verdict, void *context)
{
    struct replay *replay = context;
    struct tally *result = &replay->results.tests[0];
    struct table table = table_for(&replay->look, &replay->results);
    replay->trace_error = verdict->run.trace_error;
    results_add(&replay->results, result, &result->outcomes[0], verdict);
    if (result->detailed) {
        print_failure(&replay->look, replay->options, job->test,
                      result->detailed, DETAIL_STATE, true);
    } else {
        print_advice(verdict->advice);
    }
    table_run_heading(&table);
    table_run(&table, job->test, &result->outcomes[0]);
    return true;
}

static int run_replay(struct replay *replay, struct implementation *impl,
                      int trace_fd)
{
    const struct options *options = replay->options;
    const volatile sig_atomic_t *stop = interrupt_watch();
    struct runner_job job = {
        .test = replay->results.tests[0].test,
        .run = {.seed = options->seed,
                .policy = options->policy,
                .impl = impl->raft,
                .service = impl->service,
                .time_limit_s = options->time_limit_s,
                .trace_fd = trace_fd,
                .race = options->race},
    };
    struct runner_options run = {
        .parallel = 1,
        .show_output = true,
        .child = run_test,
        .stop = stop,
    };
    logview_init(replay->look.columns, replay->look.colour);
    if (runner_run(&run, &job, 1, run_done, replay) != LAB_OK) {
        complain("cannot run a process: %s", strerror(errno));
        return STATUS_USAGE;
    }
    if (*stop) {
        complain("interrupted");
        return STATUS_INTERRUPTED;
    }
    if (replay->trace_error != 0) {
        complain_of_trace(options, replay->trace_error);
        return STATUS_USAGE;
    }
    return replay->results.failed > 0 ? STATUS_FAILED : STATUS_PASSED;
}

static int replay_one(const struct options *options,
                      const struct lab_test *test)
{
    struct implementation impl;
    int trace_fd = 0;
    int status = STATUS_USAGE;
    if (options->trace_path) {
        trace_fd = open(options->trace_path,
                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (trace_fd < 0) {
            complain_of_trace(options, errno);
            return STATUS_USAGE;
        }
    }
    if (implementation_open(options, &impl)) {
        struct replay replay = {.options = options, .look = look_now(options)};
        results_init(&replay.results, &test, 1, options->seed, 1);
        if (implementation_has(&impl, test)) {
            status = run_replay(&replay, &impl, trace_fd);
        }
        results_release(&replay.results);
        implementation_close(&impl);
    } else if (*interrupt_watch()) {
        status = STATUS_INTERRUPTED;
    }
    if (trace_fd > 0) {
        close(trace_fd);
    }
    return status;
}

int cmd_replay(const struct options *options)
{
    struct selection selection;
    int status = STATUS_USAGE;
    if (options->name_count != 1) {
        complain("replay needs the name of one test, such as: raftlab replay "
                 "TestBackup2B --seed 7");
        return STATUS_USAGE;
    }
    if (!options->seed_given) {
        complain("replay needs the seed of the run: --seed N");
        return STATUS_USAGE;
    }
    if (!selection_make(options, &selection)) {
        return STATUS_USAGE;
    }
    if (selection.count == 1) {
        status = replay_one(options, selection.tests[0]);
    } else {
        complain("replay: '%s' selects %zu tests; replay takes one",
                 options->names[0], selection.count);
    }
    free(selection.tests);
    return status;
}
