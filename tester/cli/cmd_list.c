/* cmd_list.c - raftlab list: lists the tests.
 * Layer: tester/cli. */
#include "tester/cli/cmd.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "tester/cli/selection.h"

static void list_json(const struct selection *selection)
{
    json_object_seed(1);
    json_t *rows = json_array();
    for (size_t i = 0; i < selection->count; i++) {
        const struct lab_test *test = selection->tests[i];
        json_t *row =
            json_pack("{s:s, s:s, s:s, s:i, s:i}", "name", test->name, "part",
                      test->part, "title", test->title, "servers",
                      test->servers, "points", test->points);
        LAB_ASSERT(row != NULL);
        json_array_append_new(rows, row);
    }
    json_dumpf(rows, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    putchar('\n');
    json_decref(rows);
}

static void list_lines(const struct selection *selection)
{
    int points = 0;
    int width = 4;
    for (size_t i = 0; i < selection->count; i++) {
        int length = (int)strlen(selection->tests[i]->name);
        width = length > width ? length : width;
    }
    printf("%-*s %-4s %7s %6s  %s\n", width, "test", "part", "servers",
           "points", "title");
    for (size_t i = 0; i < selection->count; i++) {
        const struct lab_test *test = selection->tests[i];
        printf("%-*s %-4s %7d %6d  %s\n", width, test->name, test->part,
               test->servers, test->points, test->title);
        points += test->points;
    }
    printf("%zu tests, %d points\n", selection->count, points);
}

int cmd_list(const struct options *options)
{
    struct selection selection;
    if (!selection_make(options, &selection)) {
        return STATUS_USAGE;
    }
    if (options->json) {
        list_json(&selection);
    } else {
        list_lines(&selection);
    }
    free(selection.tests);
    return STATUS_PASSED;
}
