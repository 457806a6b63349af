/* report.c - the report of a suite, a JSON file.
 * Layer: tester/cli. See report.h. */
#include "tester/cli/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "tester/cli/options.h"

/* ---- JSON ---------------------------------------------------------------*/

static json_t *number_text(const char *format, uint64_t number)
{
    char buffer[32];
    snprintf(buffer, sizeof(buffer), format, number);
    return json_string(buffer);
}

#define DECIMAL "%" PRIu64
#define HASH    "%016" PRIx64

/* Leave out members without content. */
static void put_text(json_t *object, const char *name, const char *value)
{
    if (value && value[0] != '\0') {
        json_t *string = json_string(value);
        json_object_set_new(object, name, string ? string : json_null());
    }
}

static void put_failure(json_t *row, const struct failure *failure)
{
    put_text(row, "rule", failure->rule);
    put_text(row, "what", failure->what);
    put_text(row, "thread", failure->thread);
    put_text(row, "where", failure->where);
    put_text(row, "servers", failure->servers);
    put_text(row, "threads", failure->threads);
    put_text(row, "advice", failure->advice);
    put_text(row, "output", failure->output);
    if (failure->output) {
        json_object_set_new(row, "output_cut",
                            json_boolean(failure->output_cut));
    }
    if (failure->file[0] != '\0') {
        put_text(row, "file", failure->file);
        json_object_set_new(row, "line", json_integer(failure->line));
    }
    json_object_set_new(row, "server", json_integer(failure->server));
}

static json_t *run_row(const struct outcome *outcome)
{
    json_t *row = json_object();
    json_object_set_new(row, "seed", number_text(DECIMAL, outcome->seed));
    json_object_set_new(row, "verdict",
                        json_string(verdict_text(outcome->kind)));
    json_object_set_new(row, "passed",
                        json_boolean(verdict_passed(outcome->kind)));
    json_object_set_new(row, "virtual_s",
                        json_real((double)outcome->now / (double)SIM_SECOND));
    json_object_set_new(row, "wall_s", json_real(outcome->wall_s));
    json_object_set_new(row, "steps", number_text(DECIMAL, outcome->steps));
    json_object_set_new(row, "hash",
                        outcome->hash ? number_text(HASH, outcome->hash)
                                      : json_null());
    json_object_set_new(row, "rpcs",
                        json_integer((json_int_t)outcome->stats.rpcs));
    json_object_set_new(row, "rpc_bytes",
                        json_integer((json_int_t)outcome->stats.rpc_bytes));
    json_object_set_new(row, "commits",
                        json_integer((json_int_t)outcome->stats.commits));
    json_object_set_new(row, "ops",
                        json_integer((json_int_t)outcome->stats.ops));
    if (outcome->advice_count > 0) {
        json_object_set_new(row, "advice_count",
                            json_integer(outcome->advice_count));
    }
    put_text(row, "notes", outcome->notes);
    if (outcome->failure) {
        put_failure(row, outcome->failure);
    }
    return row;
}

static json_t *test_row(const struct results *results,
                        const struct tally *result)
{
    const struct lab_test *test = result->test;
    json_t *runs = json_array();
    json_t *row = json_object();
    for (uint64_t k = 0; k < results->seed_count; k++) {
        if (result->outcomes[k].kind != VERDICT_NOT_RUN) {
            json_array_append_new(runs, run_row(&result->outcomes[k]));
        }
    }
    put_text(row, "name", test->name);
    put_text(row, "part", test->part);
    put_text(row, "title", test->title);
    json_object_set_new(row, "servers", json_integer(test->servers));
    json_object_set_new(row, "points", json_integer(test->points));
    json_object_set_new(row, "points_earned",
                        json_integer(result_points(results, result)));
    json_object_set_new(row, "passed",
                        json_integer((json_int_t)result->passed));
    json_object_set_new(row, "failed",
                        json_integer((json_int_t)result->failed));
    json_object_set_new(row, "runs", runs);
    return row;
}

static json_t *report_json(const struct results *results)
{
    json_t *tests = json_array();
    json_t *root = json_object();
    int points = 0;
    int earned = 0;
    for (size_t i = 0; i < results->test_count; i++) {
        const struct tally *result = &results->tests[i];
        points += result->test->points;
        earned += result_points(results, result);
        json_array_append_new(tests, test_row(results, result));
    }
    json_object_set_new(root, "version", json_integer(REPORT_VERSION));
    put_text(root, "program", "raftlab " RAFTLAB_VERSION);
    put_text(root, "command", results->command);
    put_text(root, "implementation", results->impl);
    put_text(root, "policy", options_policy_text(results->policy));
    if (results->real) {
        json_object_set_new(root, "real", json_true());
    }
    if (results->time_limit_s != 0) {
        json_object_set_new(root, "time_limit_s",
                            json_integer(results->time_limit_s));
    }
    json_object_set_new(root, "first_seed",
                        number_text(DECIMAL, results->first_seed));
    json_object_set_new(root, "seeds",
                        json_integer((json_int_t)results->seed_count));
    json_object_set_new(root, "passed",
                        json_integer((json_int_t)results->passed));
    json_object_set_new(root, "failed",
                        json_integer((json_int_t)results->failed));
    json_object_set_new(root, "points", json_integer(points));
    json_object_set_new(root, "points_earned", json_integer(earned));
    json_object_set_new(root, "wall_s", json_real(results->wall_s));
    json_object_set_new(root, "tests", tests);
    return root;
}

/* ---- The file -----------------------------------------------------------*/

static void file_release(struct report_file *file)
{
    if (file->stream) {
        fclose(file->stream);
    }
    free(file->path);
    free(file->temporary);
    *file = (struct report_file){.path = NULL};
}

/* Open a temporary file in the same directory, with the usual permissions. */
static FILE *open_temporary(const char *path, char **temporary)
{
    size_t size = strlen(path) + sizeof(".XXXXXX");
    *temporary = lab_xmalloc(size);
    snprintf(*temporary, size, "%s.XXXXXX", path);
    int fd = mkostemp(*temporary, O_CLOEXEC);
    if (fd < 0) {
        free(*temporary);
        *temporary = NULL;
        return NULL;
    }
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);
    return fdopen(fd, "w");
}

enum lab_err report_open(struct report_file *file, const char *path)
{
    struct stat info;
    bool exists = stat(path, &info) == 0;
    *file = (struct report_file){.path = NULL};
    if (exists && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return LAB_EIO;
    }
    if (exists && access(path, W_OK) != 0) {
        return LAB_EIO;
    }
    /* Follow links: replace the file, not the link. */
    file->path = exists ? realpath(path, NULL) : lab_xstrdup(path);
    if (!file->path) {
        return LAB_EIO;
    }
    if (exists && !S_ISREG(info.st_mode)) {
        file->stream = fopen(file->path, "we");
    } else {
        file->stream = open_temporary(file->path, &file->temporary);
    }
    if (!file->stream) {
        int error = errno;
        file_release(file);
        errno = error;
        return LAB_EIO;
    }
    return LAB_OK;
}

void report_abandon(struct report_file *file)
{
    if (file->temporary) {
        unlink(file->temporary);
    }
    file_release(file);
}

enum lab_err report_write(struct report_file *file,
                          const struct results *results)
{
    LAB_ASSERT(file->stream);
    json_object_seed(1); /* else jansson draws a random seed */
    json_t *root = report_json(results);
    size_t flags = JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(9);
    bool written = json_dumpf(root, file->stream, flags) == 0 &&
                   fputc('\n', file->stream) != EOF;
    json_decref(root);
    int error = errno;
    if (fclose(file->stream) != 0) {
        error = errno;
        written = false;
    }
    file->stream = NULL;
    if (written && file->temporary &&
        rename(file->temporary, file->path) != 0) {
        error = errno;
        written = false;
    }
    if (written) {
        file_release(file);
        return LAB_OK;
    }
    report_abandon(file);
    errno = error;
    return LAB_EIO;
}
