/* print_failure.c - the block about a failed run.
 * Layer: tester. What a student acts on: the rule in a sentence, the place,
 * the servers, the threads, the last output, and how to see it again. */
#include "tester/cli/print.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_LINES = 20, THREAD_LINES = 40 };

/* Text from a plug-in (valid UTF-8, see report.c) must not drive the terminal:
 * no control characters, neither those of ASCII nor U+0080 to U+009F. */
static void put_safely(const char *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)from[i];
        unsigned char next = i + 1 < size ? (unsigned char)from[i + 1] : 0;
        if (c == 0xc2 && next < 0xa0) {
            putchar('?');
            i++;
        } else if ((c < ' ' && c != '\t') || c == 0x7f) {
            putchar('?');
        } else {
            putchar(c);
        }
    }
}

/* Text, line by line, indented; begun: the first line is already. */
static void print_text(const char *text, int indent, bool begun)
{
    while (*text != '\0' || begun) {
        size_t length = strcspn(text, "\n");
        printf("%*s", begun ? 0 : indent, "");
        put_safely(text, length);
        putchar('\n');
        begun = false;
        text += length + (text[length] == '\n');
    }
}

void print_notes(const char *before, const char *notes)
{
    while (notes && *notes != '\0') {
        size_t length = strcspn(notes, "\n");
        fputs(before, stdout);
        put_safely(notes, length);
        putchar('\n');
        notes += length + (notes[length] == '\n');
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
    print_section("no rule is broken by this, but it makes others wait (put "
                  "the mutex down first)",
                  text);
}

/* Equal ones are one line already (explain.h). */
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
        put_safely(at, length);
        putchar('\n');
        at += length + (at[length] == '\n');
    }
    if (*at != '\0') {
        puts("    and more");
    }
}

/* The beginning of the last lines, as many as OUTPUT_LINES. */
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
    print_section(cut ? "output (only the end of it)" : "output", from);
}

/* A word as a shell reads it. */
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
        puts("  no replay: a run on real threads cannot be repeated from its "
             "seed");
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
        put_safely(failure->thread, strlen(failure->thread));
    }
    if (failure->where[0] != '\0') {
        fputs(", in ", stdout);
        put_safely(failure->where, strlen(failure->where));
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
    if (heading) {
        printf("\n%s, seed %" PRIu64 ": ", test->name, outcome->seed);
        print_verdict(look, outcome->kind, 0);
        putchar('\n');
    }
    if (failure->rule[0] != '\0') {
        fputs("  ", stdout);
        put_safely(failure->rule, strlen(failure->rule));
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
