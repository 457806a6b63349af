/* cmd_test.c - raftlab test: runs tests with one seed or many.
 * Layer: tester/cli. */
#include "tester/cli/cmd.h"

#include "tester/cli/print_failure.h"
#include "tester/cli/suite.h"

static bool many_seeds(const struct suite *suite)
{
    return suite->results.seed_count > 1;
}

static void heading(struct suite *suite)
{
    if (suite->live) {
        return; /* test_ended() prints it after the log */
    }
    if (many_seeds(suite)) {
        table_test_heading(&suite->table, false);
    } else {
        table_run_heading(&suite->table);
    }
}

static enum detail detail_of(const struct suite *suite)
{
    if (suite->live) {
        return DETAIL_STATE; /* the output has been printed already */
    }
    /* The thread sanitizer reports to the output. */
    bool all = suite->options->log_topics || sim_only_real();
    return all ? DETAIL_OUTPUT : DETAIL_OUTPUT_END;
}

static void test_ended(struct suite *suite, const struct tally *result)
{
    if (many_seeds(suite)) {
        table_test(&suite->table, &suite->results, result, false);
    } else {
        if (suite->live) {
            table_run_heading(&suite->table);
        }
        table_run(&suite->table, result->test, &result->outcomes[0]);
    }
    if (result->detailed) {
        print_failure(&suite->look, suite->options, result->test,
                      result->detailed, detail_of(suite), many_seeds(suite));
    }
}

static void all_ended(struct suite *suite)
{
    (void)suite;
}

int cmd_test(const struct options *options)
{
    static const struct suite_style style = {
        .command = "test",
        .heading = heading,
        .test_ended = test_ended,
        .all_ended = all_ended,
    };
    return suite_main(options, &style);
}
