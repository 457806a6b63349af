/* run.c - runs a scenario file: compares its output, or rewrites it.
 * Layer: datadriven. */
#include "datadriven/run.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "raftcore/fatal.h"

static const struct environment *const environments[] = {
    &environment_interaction,
    &environment_quorum,
    &environment_confchange,
};
enum { ENVIRONMENTS = sizeof(environments) / sizeof(environments[0]) };

/* ---- The environment -----------------------------------------------------*/

/* Return true if folder is the name of the directory that holds the file. */
static bool lies_in(const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    size_t size = strlen(folder);
    if (!slash || (size_t)(slash - path) < size) {
        return false;
    }
    const char *name = slash - size;
    return memcmp(name, folder, size) == 0 && (name == path || name[-1] == '/');
}

static bool knows(const struct environment *environment, const char *command)
{
    for (const char *const *name = environment->commands; *name; name++) {
        if (strcmp(*name, command) == 0) {
            return true;
        }
    }
    return false;
}

static const struct environment *by_first_command(struct file_run *run)
{
    const struct environment *found = NULL;
    struct directive directive;
    struct reader reader = {.text = run->text, .size = run->size};
    bool any = reader_next(&reader, &directive);
    run->line = reader.line;
    if (!any) {
        rc_text_add(&run->error, "%s",
                    reader.error[0] ? reader.error : "there is no directive");
        return NULL;
    }
    for (int i = 0; i < ENVIRONMENTS && !found; i++) {
        found =
            knows(environments[i], directive.command) ? environments[i] : NULL;
    }
    if (!found) {
        run->line = directive.line;
        rc_text_add(&run->error,
                    "unknown command %s; a file of another kind has to be in a "
                    "folder interaction, quorum or confchange",
                    directive.command);
    }
    directive_release(&directive);
    return found;
}

static const struct environment *kind_of(struct file_run *run)
{
    for (int i = 0; i < ENVIRONMENTS; i++) {
        if (lies_in(run->name, environments[i]->name)) {
            return environments[i];
        }
    }
    return by_first_command(run);
}

/* ---- Broken invariants ---------------------------------------------------*/

static jmp_buf out_of_core;
static char last_words[512];

static void leave_core(const char *text)
{
    strncpy(last_words, text, sizeof(last_words) - 1);
    longjmp(out_of_core, 1);
}

/* Return false if it broke an invariant: the environment must not be used
 * again, as the node was left in the middle of a call. */
static bool run_directive(const struct environment *environment, void *self,
                          const struct directive *directive,
                          struct rc_text *output)
{
    rc_set_fatal_hook(leave_core);
    bool intact = setjmp(out_of_core) == 0;
    if (intact) {
        environment->run(self, directive, output);
    }
    rc_set_fatal_hook(NULL);
    if (!intact && environment->fatal) {
        environment->fatal(self, last_words, output);
    } else if (!intact) {
        rc_text_add(output, "FATAL %s\n", last_words);
    }
    return intact;
}

/* ---- Comparing and writing -----------------------------------------------*/

static void show_lines(struct rc_text *to, const char *mark, const char *lines)
{
    while (*lines) {
        size_t size = strcspn(lines, "\n");
        rc_text_add(to, "    %s", mark);
        rc_text_add_bytes(to, lines, size);
        rc_text_add(to, "\n");
        lines += size + (lines[size] == '\n');
    }
}

static size_t common_lines(const char *a, const char *b)
{
    size_t common = 0;
    for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++) {
        if (a[i] == '\n') {
            common = i + 1;
        }
    }
    return common;
}

/* Equal lines at the beginning are counted, not shown. */
static void add_diff(struct file_run *run, const struct directive *directive,
                     const char *output)
{
    size_t same = common_lines(directive->expected, output);
    int lines = 0;
    for (size_t i = 0; i < same; i++) {
        lines += output[i] == '\n';
    }
    rc_text_add(&run->diffs, "%s:%d: %s\n", run->name, directive->line,
                directive->command);
    if (lines > 0) {
        rc_text_add(&run->diffs, "    (%d lines as expected)\n", lines);
    }
    show_lines(&run->diffs, "- ", directive->expected + same);
    show_lines(&run->diffs, "+ ", output + same);
}

static bool has_blank_line(const char *text)
{
    for (const char *at = text; *at;) {
        size_t size = strcspn(at, "\n");
        if (strspn(at, " \t\r") >= size) {
            return true;
        }
        at += size + (at[size] == '\n');
    }
    return false;
}

/* Output with blank lines is fenced by double separators. */
static void write_again(struct file_run *run, size_t from,
                        const struct directive *directive, const char *output)
{
    rc_text_add_bytes(&run->written, run->text + from,
                      directive->head_end - from);
    if (directive->head_end == run->size && run->size > 0 &&
        run->text[run->size - 1] != '\n') {
        rc_text_add(&run->written, "\n");
    }
    if (!directive->separated) {
        rc_text_add(&run->written, "----\n");
    }
    bool fenced = has_blank_line(output);
    rc_text_add(&run->written, "%s%s%s", fenced ? "----\n" : "", output,
                fenced ? "----\n----\n" : "");
}

/* ---- Running -------------------------------------------------------------*/

static bool take_one(struct file_run *run,
                     const struct environment *environment, void *self,
                     const struct directive *directive, size_t from)
{
    struct rc_text output = {NULL, 0, 0};
    bool intact = run_directive(environment, self, directive, &output);
    if (output.size > 0 && output.at[output.size - 1] != '\n') {
        rc_text_add(&output, "\n");
    }
    run->directives++;
    if (strcmp(rc_text_of(&output), directive->expected) != 0) {
        run->mismatches++;
        add_diff(run, directive, rc_text_of(&output));
    }
    if (run->rewrite) {
        write_again(run, from, directive, rc_text_of(&output));
    }
    rc_text_release(&output);
    return intact;
}

bool file_run(struct file_run *run)
{
    const struct environment *environment = kind_of(run);
    struct directive directive;
    struct reader reader = {.text = run->text, .size = run->size};
    if (!environment) {
        return false;
    }
    void *self = environment->begin();
    size_t from = 0;
    bool intact = true;
    while (intact && reader_next(&reader, &directive)) {
        intact = take_one(run, environment, self, &directive, from);
        from = directive.tail_begin;
        directive_release(&directive);
    }
    if (run->rewrite) {
        rc_text_add_bytes(&run->written, run->text + from, run->size - from);
    }
    if (intact) {
        environment->end(self); /* a broken one cannot be freed: it leaks */
    }
    if (reader.error[0]) {
        run->line = reader.line;
        rc_text_add(&run->error, "%s", reader.error);
    }
    return !reader.error[0];
}

void file_run_release(struct file_run *run)
{
    rc_text_release(&run->error);
    rc_text_release(&run->diffs);
    rc_text_release(&run->written);
}
