/* selection.c - the tests that the names on the command line select.
 * Layer: tester/cli. See selection.h. */
#include "tester/cli/selection.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tester/labs/registry.h"

enum { SUGGESTIONS = 3, SHORTEST_BEGINNING = 5 };

static bool is_pattern(const char *word)
{
    return strpbrk(word, "*?[") != NULL;
}

/* Does the word name the test's part ("2A", "strict") or its lab ("2", a
 * beginning of the part)? */
static bool means_part(const char *word, const struct lab_test *test)
{
    size_t length = strlen(word);
    if (strcmp(word, "strict") == 0) {
        return strcmp(test->part, "S") == 0;
    }
    if (word[0] == '4') { /* since 2024 lab 4 is what is lab 3 here */
        return test->part[0] == '3' &&
               (length == 1 ||
                (length == 2 &&
                 toupper((unsigned char)word[1]) == test->part[1]));
    }
    return length > 0 && length <= strlen(test->part) &&
           strncasecmp(word, test->part, length) == 0;
}

static bool means(const char *word, const struct lab_test *test)
{
    if (is_pattern(word)) {
        return fnmatch(word, test->name, 0) == 0;
    }
    size_t length = strlen(word);
    return means_part(word, test) || (length >= SHORTEST_BEGINNING &&
                                      strncmp(word, test->name, length) == 0);
}

/* Mark the tests that a word selects; false if there are none. */
static bool mark(const char *word, bool *marked)
{
    size_t count = 0;
    const struct lab_test *const *tests = lab_tests(&count);
    const struct lab_test *exact = lab_test_find(word);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (exact ? tests[i] == exact : means(word, tests[i])) {
            marked[i] = true;
            any = true;
        }
    }
    return any;
}

/* ---- Suggestions --------------------------------------------------------*/

static void print_parts(void)
{
    size_t count = 0;
    const struct lab_test *const *tests = lab_tests(&count);
    const char *last = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(last, tests[i]->part) != 0) {
            last = tests[i]->part;
            fprintf(stderr, " %s", last);
        }
    }
}

/* A name that contains the word is the nearest. */
static int distance_of(const char *word, const char *name)
{
    return strcasestr(name, word) ? 0 : edit_distance(word, name);
}

/* Print the nearest names by distance, then in test order. */
static void print_nearest(const char *word)
{
    size_t count = 0;
    const struct lab_test *const *tests = lab_tests(&count);
    int floor = -1; /* names up to this distance have been printed */
    int printed = 0;
    while (printed < SUGGESTIONS) {
        int next = INT_MAX;
        for (size_t i = 0; i < count; i++) {
            int distance = distance_of(word, tests[i]->name);
            if (distance > floor && distance < next) {
                next = distance;
            }
        }
        if (next == INT_MAX) {
            return;
        }
        for (size_t i = 0; i < count && printed < SUGGESTIONS; i++) {
            if (distance_of(word, tests[i]->name) == next) {
                fprintf(stderr, "%s %s", printed > 0 ? "," : "",
                        tests[i]->name);
                printed++;
            }
        }
        floor = next;
    }
}

static void complain_unknown(const char *word)
{
    fflush(stdout);
    if (isdigit((unsigned char)word[0])) {
        fprintf(stderr, "raftlab: there is no part '%s'; parts:", word);
        print_parts();
        if (word[0] == '3') {
            fprintf(stderr, " (what the labs of 2024 and later call 3A to 3D "
                            "is 2A to 2D here)");
        }
    } else if (is_pattern(word)) {
        fprintf(stderr,
                "raftlab: no test matches '%s'; 'raftlab list' shows all",
                word);
    } else {
        fprintf(stderr,
                "raftlab: there is no test or part '%s'; nearest:", word);
        print_nearest(word);
    }
    fputc('\n', stderr);
}

/* Without names: graded tests; list shows all. */
static bool is_default(const struct options *options,
                       const struct lab_test *test)
{
    return options->command == COMMAND_LIST || lab_test_is_graded(test);
}

static unsigned role_of(const struct lab_test *test)
{
    return test->service ? test->service : ROLE_RAFT;
}

void selection_keep(const struct options *options, unsigned roles,
                    struct selection *selection)
{
    size_t kept = 0;
    for (size_t i = 0; i < selection->count; i++) {
        if (options->name_count > 0 || (role_of(selection->tests[i]) & roles)) {
            selection->tests[kept++] = selection->tests[i];
        }
    }
    selection->count = kept;
}

bool selection_make(const struct options *options, struct selection *selection)
{
    size_t count = 0;
    const struct lab_test *const *tests = lab_tests(&count);
    bool *marked = lab_xcalloc(count + 1, sizeof(*marked));
    bool known = true;
    for (int i = 0; known && i < options->name_count; i++) {
        known = mark(options->names[i], marked);
        if (!known) {
            complain_unknown(options->names[i]);
        }
    }
    selection->tests = lab_xcalloc(count + 1, sizeof(struct lab_test *));
    selection->count = 0;
    for (size_t i = 0; known && i < count; i++) {
        if (marked[i] ||
            (options->name_count == 0 && is_default(options, tests[i]))) {
            selection->tests[selection->count++] = tests[i];
        }
    }
    free(marked);
    if (!known) {
        free(selection->tests);
        selection->tests = NULL;
    }
    return known;
}
