/* cmd_lincheck.c - raftlab lincheck: are these histories linearizable?
 * Layer: tester/cli; includes lincheck. */
#include "tester/cli/cmd.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "lincheck/explain.h"
#include "lincheck/read.h"
#include "tester/cli/interrupt.h"
#include "tester/cli/print.h"

struct work {
    const struct options *options;
    struct look look;
    struct lin_options limits;
    const volatile sig_atomic_t *interrupted;
    double end_s; /* when to give up, in real time; 0: never */
    bool out_of_time;
    json_t *documents; /* --json: one for each file */
    FILE *explanations;
    int status;
    int at;         /* the file that is checked: 0, 1, ... */
    double began_s; /* when its check began */
    double drawn_s; /* when progress was drawn; 0: no progress is shown */
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Show progress on a terminal if one file takes long. */
static void show_progress(struct work *work)
{
    const double quiet_s = 0.3, redraw_s = 0.1;
    double now = now_s();
    if (!work->look.error_terminal || now - work->began_s < quiet_s ||
        now - work->drawn_s < redraw_s) {
        return;
    }
    int columns = work->look.error_columns > 0 ? work->look.error_columns : 80;
    char text[256];
    snprintf(text, sizeof(text), "%d/%d  %.0f s  %s", work->at + 1,
             work->options->name_count, now - work->began_s,
             work->options->names[work->at]);
    fprintf(stderr, "\r%.*s\033[K", columns - 1, text);
    fflush(stderr);
    work->drawn_s = now;
}

static void clear_progress(struct work *work)
{
    if (work->drawn_s > 0) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        work->drawn_s = 0;
    }
}

static bool stop(void *argument)
{
    struct work *work = argument;
    show_progress(work);
    work->out_of_time = work->end_s > 0 && now_s() >= work->end_s;
    return work->out_of_time || *work->interrupted;
}

/* Which limit was reached, and how to raise it. */
static const char *advice(const struct work *work,
                          const struct lin_result *result)
{
    if (work->out_of_time) {
        return "the time limit was reached: raise --time-limit";
    }
    if (result->bytes_peak > work->limits.bytes) {
        return "the memory budget was used up: raise --memory";
    }
    return "the budget of steps was used up: raise --steps";
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

/* JSON must be UTF-8; names of files need not be. */
static json_t *name_json(const char *path)
{
    json_t *name = json_string(path);
    if (!name) {
        char *copy = lab_xstrdup(path);
        for (char *c = copy; *c != '\0'; c++) {
            *c = (unsigned char)*c < 0x80 ? *c : '?';
        }
        name = json_string(copy);
        free(copy);
    }
    return name;
}

static bool any_unknown(const struct lin_result *result)
{
    for (size_t i = 0; i < result->key_count; i++) {
        if (result->keys[i].verdict == LIN_UNKNOWN) {
            return true;
        }
    }
    return result->verdict == LIN_UNKNOWN;
}

static void report(struct work *work, const char *path,
                   const struct lin_history *history,
                   const struct lin_result *result)
{
    bool unknown = any_unknown(result);
    if (work->documents) {
        json_t *document = lin_explain_json(history, result);
        json_object_set_new(document, "file", name_json(path));
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
        if (!*work->interrupted) {
            complain("%s", error);
        }
        work->status = STATUS_USAGE;
        return;
    }
    struct lin_result result;
    lin_check(history, &work->limits, &result);
    clear_progress(work);
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
    for (; work->at < options->name_count; work->at++) {
        work->began_s = now_s();
        check(work, options->names[work->at]);
        if (*work->interrupted) {
            complain("interrupted: %d of %d files were checked", work->at,
                     options->name_count);
            work->status = STATUS_INTERRUPTED;
            return;
        }
    }
}

static void set_limits(struct work *work)
{
    const struct options *options = work->options;
    work->limits = lin_default_options;
    work->limits.whole = options->whole;
    work->limits.stop = stop;
    work->limits.argument = work;
    if (options->steps) {
        work->limits.steps = options->steps;
    }
    if (options->memory_mib) {
        work->limits.bytes = (size_t)options->memory_mib << 20;
    }
    work->end_s = options->time_limit_s ? now_s() + options->time_limit_s : 0;
}

int cmd_lincheck(const struct options *options)
{
    if (options->name_count == 0) {
        complain("lincheck needs a file with a history ('raftlab help "
                 "lincheck' says which)");
        return STATUS_USAGE;
    }
    char *text = NULL;
    size_t size = 0;
    struct work work = {
        .options = options,
        .look = look_now(options),
        .interrupted = interrupt_watch(),
        .documents = options->json ? json_array() : NULL,
        .explanations = open_memstream(&text, &size),
    };
    LAB_ASSERT(work.explanations);
    set_limits(&work);
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
