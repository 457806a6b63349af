/* print_failure.c - the text about a failed run.
 * Layer: tester/cli. What a student needs to act: the rule in a sentence, the
 * place, the servers, the threads, the last output, and how to repeat the run.
 */
#include "tester/cli/print_failure.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

enum { OUTPUT_LINES = 20, THREAD_LINES = 40 };

/* Print a text line by line, indented. begun: the first line continues one that
 * was begun. */
static void print_text(const char *text, int indent, bool begun)
{
    while (*text != '\0' || begun) {
        size_t length = strcspn(text, "\n");
        printf("%*s", begun ? 0 : indent, "");
        print_safely(text, length);
        putchar('\n');
        begun = false;
        text += length + (text[length] == '\n');
    }
}

static void print_section(const char *heading, const char *text)
{
    if (text && text[0] != '\0') {
        printf("  %s\n", heading);
        print_text(text, 4, false);
    }
}

void print_advice(const char *text)
{
    print_section("this breaks no rule, but makes other threads wait (unlock "
                  "the mutex first)",
                  text);
}

/* Similar threads share a line already (run/explain.c). */
static void print_threads(const char *text)
{
    if (!text || text[0] == '\0') {
        return;
    }
    puts("  threads");
    const char *at = text;
    for (int i = 0; i < THREAD_LINES && *at != '\0'; i++) {
        size_t length = strcspn(at, "\n");
        fputs("    ", stdout);
        print_safely(at, length);
        putchar('\n');
        at += length + (at[length] == '\n');
    }
    if (*at != '\0') {
        puts("    and more threads");
    }
}

/* Where the last OUTPUT_LINES lines begin. */
static const char *last_lines(const char *text)
{
    const char *at = text + strlen(text);
    if (at > text && at[-1] == '\n') {
        at--;
    }
    for (int lines = 0; at > text; at--) {
        if (at[-1] == '\n' && ++lines == OUTPUT_LINES) {
            break;
        }
    }
    return at;
}

static void print_output(const struct failure *failure, enum detail detail)
{
    const char *output = failure->output;
    if (!output || detail < DETAIL_OUTPUT_END) {
        return;
    }
    const char *from = detail == DETAIL_OUTPUT ? output : last_lines(output);
    bool cut = failure->output_cut || from > output;
    print_section(cut ? "output (its end)" : "output", from);
}

/* Print a word, quoted as a shell needs it. */
static void print_word(const char *word)
{
    static const char plain[] = "-_./=:,@%+";
    bool quote = word[0] == '\0';
    for (const char *at = word; *at != '\0'; at++) {
        quote |= !isalnum((unsigned char)*at) && !strchr(plain, *at);
    }
    if (!quote) {
        printf(" %s", word);
        return;
    }
    fputs(" '", stdout);
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\'') {
            fputs("'\\''", stdout);
        } else {
            putchar(*at);
        }
    }
    putchar('\'');
}

static void print_replay(const struct options *options,
                         const struct lab_test *test, uint64_t seed)
{
    if (options->real) {
        puts("  no replay: a run on real threads cannot be repeated");
        return;
    }
    fputs("  replay:", stdout);
    print_word(options->program);
    printf(" replay %s --seed %" PRIu64, test->name, seed);
    if (options->impl) {
        fputs(" --impl", stdout);
        print_word(options->impl);
    }
    if (options->policy != SIM_RANDOM) {
        printf(" --policy %s", options_policy_text(options->policy));
    }
    if (options->race) {
        fputs(" --race", stdout);
    }
    if (options->time_limit_s != 0) {
        printf(" --time-limit %d", options->time_limit_s);
    }
    fputs(" --log all\n", stdout);
}

static void print_place(const struct outcome *outcome)
{
    const struct failure *failure = outcome->failure;
    printf("  at %.6f s", (double)outcome->now / (double)SIM_SECOND);
    if (failure->server >= 0) {
        printf(" on server %d", failure->server);
    }
    if (failure->thread[0] != '\0') {
        fputs(" in thread ", stdout);
        print_safely(failure->thread, strlen(failure->thread));
    }
    if (failure->where[0] != '\0') {
        fputs(", in ", stdout);
        print_safely(failure->where, strlen(failure->where));
    }
    if (failure->file[0] != '\0') {
        printf("; the test was at %s:%d", failure->file, failure->line);
    }
    putchar('\n');
}

void print_failure(const struct look *look, const struct options *options,
                   const struct lab_test *test, const struct outcome *outcome,
                   enum detail detail, bool heading)
{
    const struct failure *failure = outcome->failure;
    LAB_ASSERT(failure);
    if (heading) {
        printf("\n%s, seed %" PRIu64 ": ", test->name, outcome->seed);
        print_verdict(look, outcome->kind, 0);
        putchar('\n');
    }
    if (failure->rule[0] != '\0') {
        fputs("  ", stdout);
        print_safely(failure->rule, strlen(failure->rule));
        fputs(": ", stdout);
        print_text(failure->what, 2, true);
    } else {
        print_text(failure->what, 2, false);
    }
    print_place(outcome);
    if (detail >= DETAIL_STATE) {
        print_section("servers", failure->servers);
        print_threads(failure->threads);
        print_notes("  warning: ", outcome->notes);
        print_advice(failure->advice);
    }
    print_output(failure, detail);
    if (options->command != COMMAND_REPLAY) {
        print_replay(options, test, outcome->seed);
    }
    if (detail > DETAIL_SENTENCE) {
        putchar('\n');
    }
}
