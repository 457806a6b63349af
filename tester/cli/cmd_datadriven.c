/* cmd_datadriven.c - raftlab datadriven: scenario files against raftcore.
 * Layer: tester/cli; includes datadriven. */
#include "tester/cli/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "datadriven/run.h"
#include "tester/cli/print.h"

/* Read a file and add a zero byte. NULL with errno on failure. */
static char *read_whole(const char *path, size_t *size)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *text = NULL;
    size_t room = 0, got;
    *size = 0;
    if (!file) {
        return NULL;
    }
    do {
        room = room ? 2 * room : 16384;
        text = lab_xrealloc(text, room);
        got = fread(text + *size, 1, room - 1 - *size, file);
        *size += got;
    } while (got > 0);
    text[*size] = '\0';
    int error = ferror(file) ? errno : 0;
    if (file != stdin) {
        fclose(file);
    }
    if (error) {
        free(text);
        errno = error;
        return NULL;
    }
    return text;
}

static bool write_to(int descriptor, const struct rc_text *text)
{
    size_t done = 0;
    while (done < text->size) {
        ssize_t wrote = write(descriptor, text->at + done, text->size - done);
        if (wrote < 0) {
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

/* Write to a temporary file first, so that a full disk leaves the old one
 * intact. Keep its mode, and follow links. */
static bool write_whole(const char *path, const struct rc_text *text)
{
    struct rc_text beside = {NULL, 0, 0};
    struct stat is;
    char *real = realpath(path, NULL);
    rc_text_add(&beside, "%s.XXXXXX", real ? real : path);
    bool good = real && access(real, W_OK) == 0 && stat(real, &is) == 0;
    int descriptor = good ? mkstemp(beside.at) : -1;
    good = descriptor >= 0 && fchmod(descriptor, is.st_mode & 07777) == 0 &&
           write_to(descriptor, text);
    good = (descriptor < 0 || close(descriptor) == 0) && good;
    good = good && rename(beside.at, real) == 0;
    if (!good) {
        complain("%s: cannot be written: %s", path, strerror(errno));
        if (descriptor >= 0) {
            remove(beside.at);
        }
    }
    rc_text_release(&beside);
    free(real);
    return good;
}

static void print_file(const struct look *look, const struct options *options,
                       const struct file_run *run)
{
    bool passed = run->mismatches == 0 || options->rewrite;
    print_verdict(look, passed ? VERDICT_PASS : VERDICT_FAIL, 4);
    printf(" %s: %zu directives", run->name, run->directives);
    if (run->mismatches > 0) {
        printf(", %zu %s", run->mismatches,
               options->rewrite ? "rewritten" : "differ");
    }
    printf("\n");
    if (!options->quiet && !options->rewrite) {
        fputs(rc_text_of(&run->diffs), stdout);
    }
}

enum outcome_of_file { FILE_PASSED, FILE_DIFFERS, FILE_BAD };

static enum outcome_of_file run_text(const struct look *look,
                                     const struct options *options,
                                     struct file_run *run)
{
    if (!file_run(run)) {
        complain("%s:%d: %s", run->name, run->line, rc_text_of(&run->error));
        return FILE_BAD;
    }
    bool differs = run->mismatches > 0;
    if (options->rewrite && differs && !write_whole(run->name, &run->written)) {
        return FILE_BAD;
    }
    print_file(look, options, run);
    return differs && !options->rewrite ? FILE_DIFFERS : FILE_PASSED;
}

static enum outcome_of_file run_path(const struct look *look,
                                     const struct options *options,
                                     const char *path)
{
    struct file_run run = {.name = path, .rewrite = options->rewrite};
    char *text = read_whole(path, &run.size);
    if (!text) {
        complain("%s: cannot be read: %s", path, strerror(errno));
        return FILE_BAD;
    }
    enum outcome_of_file outcome;
    if (memchr(text, '\0', run.size)) {
        complain("%s: not a text file: it contains a zero byte", path);
        outcome = FILE_BAD;
    } else {
        run.text = text;
        outcome = run_text(look, options, &run);
    }
    file_run_release(&run);
    free(text);
    return outcome;
}

int cmd_datadriven(const struct options *options)
{
    struct look look = look_now(options);
    int count[FILE_BAD + 1] = {0, 0, 0};
    if (options->name_count == 0) {
        complain("datadriven needs a file (see raftlab datadriven --help)");
        return STATUS_USAGE;
    }
    for (int i = 0; i < options->name_count; i++) {
        const char *path = options->names[i];
        if (options->rewrite && strcmp(path, "-") == 0) {
            complain("--rewrite: standard input cannot be written");
            return STATUS_USAGE;
        }
        count[run_path(&look, options, path)]++;
        fflush(stdout);
    }
    printf("%d passed, %d failed\n", count[FILE_PASSED],
           count[FILE_DIFFERS] + count[FILE_BAD]);
    return count[FILE_BAD] > 0       ? STATUS_USAGE
           : count[FILE_DIFFERS] > 0 ? STATUS_FAILED
                                     : STATUS_PASSED;
}
