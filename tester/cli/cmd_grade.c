/* cmd_grade.c - raftlab grade: complete labs, many seeds, points, a report.
 * Layer: tester/cli. */
#include "tester/cli/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tester/cli/print_failure.h"
#include "tester/cli/suite.h"

static void heading(struct suite *suite)
{
    table_test_heading(&suite->table, true);
}

static void test_ended(struct suite *suite, const struct tally *result)
{
    table_test(&suite->table, &suite->results, result, true);
}

/* Short, so that the table stays visible: the report has the rest, and a replay
 * prints it. */
static void print_failures(struct suite *suite)
{
    const struct results *results = &suite->results;
    for (size_t i = 0; i < results->test_count; i++) {
        const struct tally *result = &results->tests[i];
        if (result->detailed) {
            print_failure(&suite->look, suite->options, result->test,
                          result->detailed, DETAIL_SENTENCE, true);
        }
    }
}

static void print_points(const struct results *results)
{
    int all_earned = 0;
    int all = 0;
    for (size_t i = 0; i < results->test_count;) {
        const char *part = results->tests[i].test->part;
        int earned = 0;
        int possible = 0;
        for (; i < results->test_count &&
               strcmp(part, results->tests[i].test->part) == 0;
             i++) {
            earned += result_points(results, &results->tests[i]);
            possible += results->tests[i].test->points;
        }
        printf("part %-4s %4d of %3d points\n", part, earned, possible);
        all_earned += earned;
        all += possible;
    }
    printf("total     %4d of %3d points\n", all_earned, all);
}

static void all_ended(struct suite *suite)
{
    print_failures(suite);
    putchar('\n');
    print_points(&suite->results);
    printf("%" PRIu64 " seeds from %" PRIu64 ", policy %s, %.1f s; report in "
           "%s\n",
           suite->results.seed_count, suite->results.first_seed,
           options_policy_text(suite->results.policy), suite->results.wall_s,
           suite->options->json_path);
}

int cmd_grade(const struct options *options)
{
    static const struct suite_style style = {
        .command = "grade",
        .heading = heading,
        .test_ended = test_ended,
        .all_ended = all_ended,
    };
    return suite_main(options, &style);
}
