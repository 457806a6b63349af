/* cmd_lincheck.c - raftlab lincheck: are these histories linearizable?
 * Layer: tester. */
#include "tester/cmd.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "lincheck/explain.h"
#include "lincheck/read.h"
#include "tester/print.h"

struct work {
    const struct options *options;
    struct look look;
    struct lin_options limits;
    const volatile sig_atomic_t *interrupted;
    double end_s; /* of the real time that may be taken; 0: no end */
    bool out_of_time;
    json_t *documents; /* --json: one for each file */
    FILE *explanations;
    int status;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool stop(void *argument)
{
    struct work *work = argument;
    work->out_of_time = work->end_s > 0 && now_s() >= work->end_s;
    return work->out_of_time || *work->interrupted;
}

/* Which of the limits was reached, and what to do about it. */
static const char *advice(const struct work *work,
                          const struct lin_result *result)
{
    if (work->out_of_time) {
        return "the time is up: --time-limit gives more";
    }
    if (result->bytes_peak > work->limits.bytes) {
        return "the memory budget is used up: --memory gives more";
    }
    return "the budget of steps is used up: --steps gives more";
}

static void print_line(const struct work *work, const char *path,
                       enum lin_verdict verdict)
{
    bool right = verdict == LIN_LINEARIZABLE;
    printf("%s: %s%s%s\n", path,
           !work->look.colour ? ""
           : right            ? "\033[32m"
                              : "\033[31m",
           lin_verdict_text(verdict), work->look.colour ? "\033[0m" : "");
    fflush(stdout);
}

static void report(struct work *work, const char *path,
                   const struct lin_history *history,
                   const struct lin_result *result)
{
    bool unknown = result->verdict == LIN_UNKNOWN;
    if (work->documents) {
        json_t *document = lin_explain_json(history, result);
        json_object_set_new(document, "file", json_string(path));
        if (unknown) {
            json_object_set_new(document, "reason",
                                json_string(advice(work, result)));
        }
        json_array_append_new(work->documents, document);
        return;
    }
    print_line(work, path, result->verdict);
    if (work->options->quiet || result->verdict == LIN_LINEARIZABLE) {
        return;
    }
    fprintf(work->explanations, "\n%s\n", path);
    if (unknown) {
        fprintf(work->explanations, "%s\n", advice(work, result));
    }
    lin_explain(history, result, NULL, work->explanations);
}

static void check(struct work *work, const char *path)
{
    char error[1024];
    struct lin_history *history = lin_read(path, error, sizeof(error));
    if (!history) {
        complain("%s", error);
        work->status = STATUS_USAGE;
        return;
    }
    struct lin_result result;
    lin_check(history, &work->limits, &result);
    if (!*work->interrupted) {
        report(work, path, history, &result);
    }
    if (result.verdict != LIN_LINEARIZABLE && work->status == STATUS_PASSED) {
        work->status = STATUS_FAILED;
    }
    lin_result_release(&result);
    lin_history_free(history);
}

static void check_all(struct work *work)
{
    const struct options *options = work->options;
    for (int i = 0; i < options->name_count && !*work->interrupted; i++) {
        if (work->look.error_terminal && options->name_count > 1) {
            fprintf(stderr, "%d of %d\r", i + 1, options->name_count);
        }
        check(work, options->names[i]);
        if (work->look.error_terminal && options->name_count > 1) {
            fputs("\033[K", stderr);
        }
    }
    if (*work->interrupted) {
        work->status = STATUS_INTERRUPTED;
    }
}

int cmd_lincheck(const struct options *options)
{
    char *text = NULL;
    size_t size = 0;
    struct work work = {
        .options = options,
        .look = look_now(options),
        .limits = lin_default_options,
        .interrupted = interrupt_watch(),
        .documents = options->json ? json_array() : NULL,
        .explanations = open_memstream(&text, &size),
    };
    if (options->name_count == 0 || !work.explanations) {
        complain("lincheck needs a file with a history ('raftlab help "
                 "lincheck' says which)");
        return STATUS_USAGE;
    }
    work.limits.whole = options->whole;
    work.limits.stop = stop;
    work.limits.argument = &work;
    if (options->steps) {
        work.limits.steps = options->steps;
    }
    if (options->memory_mib) {
        work.limits.bytes = (size_t)options->memory_mib << 20;
    }
    work.end_s = options->time_limit_s ? now_s() + options->time_limit_s : 0;
    check_all(&work);
    if (work.documents) {
        json_dumpf(work.documents, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(work.documents);
    }
    fclose(work.explanations);
    fputs(text, stdout);
    free(text);
    return work.status;
}
