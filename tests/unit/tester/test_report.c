/* test_report.c - results, the report file, and texts of the command line:
 * numbers, progress bar, log lines.
 * Layer: tests. */
#include "tests/support/suites.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tester/cli/logview.h"
#include "tester/cli/progress.h"
#include "tester/cli/report.h"

static const struct lab_test first_test = {
    .name = "TestOne2A",
    .title = "one",
    .part = "2A",
    .servers = 3,
    .points = 5,
};
static const struct lab_test second_test = {
    .name = "TestTwo2B",
    .title = "two",
    .part = "2B",
    .servers = 5,
    .points = 7,
};

enum { SEEDS = 3 };

static struct results results;
static struct verdict verdict;

static void add(size_t test, uint64_t k, enum verdict_kind kind,
                const char *what)
{
    struct tally *result = &results.tests[test];
    memset(&verdict, 0, sizeof(verdict));
    verdict.kind = kind;
    verdict.run.hash = 0xabcdef;
    verdict.run.now = 1500 * SIM_MS;
    verdict.run.server = -1;
    verdict.stats.rpcs = 12;
    snprintf(verdict.what, sizeof(verdict.what), "%s", what);
    snprintf(verdict.servers, sizeof(verdict.servers), "servers of %s", what);
    snprintf(verdict.output, sizeof(verdict.output),
             "\xc3\xbc, bad \xff byte, \xc3");
    results_add(&results, result, &result->outcomes[k], &verdict);
}

static void fill(void)
{
    const struct lab_test *tests[] = {&first_test, &second_test};
    results_init(&results, tests, 2, UINT64_MAX - 2, SEEDS);
    results.command = "grade";
    results.impl = "/x/raft.so";
    for (uint64_t k = 0; k < SEEDS; k++) {
        add(0, k, VERDICT_PASS, "");
    }
    add(1, 2, VERDICT_FAIL, "third");
    add(1, 0, VERDICT_PASS, "");
    add(1, 1, VERDICT_DEADLOCK, "second");
}

/* ---- Results ------------------------------------------------------------*/

START_TEST(points_are_earned_only_if_all_seeds_passed)
{
    fill();
    ck_assert_uint_eq(results.passed, 4);
    ck_assert_uint_eq(results.failed, 2);
    ck_assert(result_is_complete(&results, &results.tests[0]));
    ck_assert_int_eq(result_points(&results, &results.tests[0]), 5);
    ck_assert_int_eq(result_points(&results, &results.tests[1]), 0);
    results_release(&results);
}
END_TEST

/* It passes, and keeps the reason. */
START_TEST(a_test_that_is_not_applicable_passes_with_a_reason)
{
    const struct lab_test *tests[] = {&first_test};
    results_init(&results, tests, 1, 1, 2);
    add(0, 0, VERDICT_PASS, "");
    add(0, 1, VERDICT_NOT_APPLICABLE, "nobody was elected");
    const struct tally *result = &results.tests[0];
    ck_assert_uint_eq(result->passed, 2);
    ck_assert_uint_eq(result->not_applicable, 1);
    ck_assert_ptr_null(result->detailed);
    ck_assert_ptr_null(result->outcomes[0].failure);
    ck_assert_str_eq(result->outcomes[1].failure->what, "nobody was elected");
    ck_assert_int_eq(result_points(&results, result), 5);
    results_release(&results);
}
END_TEST

START_TEST(the_lowest_failing_seed_keeps_the_details)
{
    fill();
    const struct tally *result = &results.tests[1];
    ck_assert_ptr_eq(result->detailed, &result->outcomes[1]);
    ck_assert_str_eq(result->outcomes[1].failure->servers, "servers of second");
    ck_assert_str_eq(result->outcomes[2].failure->what, "third");
    ck_assert_ptr_null(result->outcomes[2].failure->servers);
    ck_assert_ptr_null(result->outcomes[0].failure);
    results_release(&results);
}
END_TEST

/* ---- The file -----------------------------------------------------------*/

static char directory[] = "/tmp/raftlab-test-XXXXXX";
static char path[64];

static void make_directory(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/report.json", directory);
}

static void remove_directory(void)
{
    unlink(path);
    /* Fails, if a temporary file was left behind. */
    ck_assert_int_eq(rmdir(directory), 0);
}

static const char *text_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

START_TEST(the_report_has_all_results)
{
    struct report_file file;
    fill();
    ck_assert_int_eq(report_open(&file, path), LAB_OK);
    ck_assert_int_ne(access(path, F_OK), 0); /* not before it is complete */
    ck_assert_int_eq(report_write(&file, &results), LAB_OK);
    json_t *root = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "version")),
                     REPORT_VERSION);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "passed")), 4);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "points_earned")),
                     5);
    ck_assert_str_eq(text_at(root, "first_seed"), "18446744073709551613");
    json_t *test = json_array_get(json_object_get(root, "tests"), 1);
    json_t *runs = json_object_get(test, "runs");
    ck_assert_uint_eq(json_array_size(runs), SEEDS);
    json_t *run = json_array_get(runs, 1);
    ck_assert_str_eq(text_at(run, "verdict"), "deadlock");
    ck_assert_str_eq(text_at(run, "seed"), "18446744073709551614");
    ck_assert_str_eq(text_at(run, "hash"), "0000000000abcdef");
    ck_assert_str_eq(text_at(run, "what"), "second");
    ck_assert_str_eq(text_at(run, "output"), "\xc3\xbc, bad ? byte, ?");
    json_decref(root);
    results_release(&results);
}
END_TEST

START_TEST(an_abandoned_report_leaves_the_old_one)
{
    struct report_file file;
    FILE *old = fopen(path, "w");
    ck_assert_ptr_nonnull(old);
    fputs("old", old);
    fclose(old);
    ck_assert_int_eq(report_open(&file, path), LAB_OK);
    report_abandon(&file);
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_size, 3);
}
END_TEST

START_TEST(bad_paths_are_found_before_the_runs)
{
    struct report_file file;
    char bad[128];
    ck_assert_int_eq(report_open(&file, directory), LAB_EIO);
    ck_assert_int_eq(errno, EISDIR);
    snprintf(bad, sizeof(bad), "%s/missing/report.json", directory);
    ck_assert_int_eq(report_open(&file, bad), LAB_EIO);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* ---- Texts --------------------------------------------------------------*/

START_TEST(numbers_are_whole_decimal_and_fit)
{
    uint64_t number = 7;
    ck_assert(options_number("18446744073709551615", &number));
    ck_assert(number == UINT64_MAX);
    ck_assert(options_number("0", &number));
    ck_assert_uint_eq(number, 0);
    ck_assert(!options_number("18446744073709551616", &number));
    ck_assert(!options_number("99999999999999999999", &number));
    ck_assert(!options_number("", &number));
    ck_assert(!options_number("-1", &number));
    ck_assert(!options_number("+1", &number));
    ck_assert(!options_number(" 1", &number));
    ck_assert(!options_number("1x", &number));
    ck_assert(!options_number("0x10", &number));
}
END_TEST

START_TEST(edit_distance_counts_changes)
{
    ck_assert_int_eq(edit_distance("", ""), 0);
    ck_assert_int_eq(edit_distance("abc", ""), 3);
    ck_assert_int_eq(edit_distance("", "abc"), 3);
    ck_assert_int_eq(edit_distance("TestBackup2B", "testbakup2b"), 1);
    ck_assert_int_eq(edit_distance("kitten", "sitting"), 3);
}
END_TEST

START_TEST(the_bar_fits_its_terminal)
{
    char text[256];
    progress_text(text, sizeof(text), 80, 50, 100, 3, 10.0);
    ck_assert_str_eq(text, "[===============...............] 50/100  3 failed  "
                           "5/s  0:10 left");
    for (int columns = 10; columns < 200; columns++) {
        int length = progress_text(text, sizeof(text), columns, 11199, 11200,
                                   11199, 100.0);
        ck_assert_int_lt(length, columns);
        ck_assert_int_eq((int)strlen(text), length);
    }
    progress_text(text, sizeof(text), 80, 0, 100, 0, 0);
    ck_assert_ptr_nonnull(strstr(text, "0/100"));
}
END_TEST

static const char *line(int server, const char *message)
{
    static char text[1024];
    size_t length = logview_format(text, sizeof(text) - 1, 1234567890, server,
                                   "vote", message);
    text[length] = '\0';
    return text;
}

START_TEST(log_lines_are_stamped)
{
    logview_init(80, false);
    logview_select(NULL, 3);
    ck_assert_str_eq(line(2, "hello"), "[  1.234567] S2 vote    hello\n");
    ck_assert_str_eq(line(-1, "hello"), "[  1.234567] -- vote    hello\n");
}
END_TEST

START_TEST(wide_terminals_have_a_column_for_each_server)
{
    logview_init(121, false); /* 36 for each of 3 servers */
    logview_select(NULL, 3);
    ck_assert_str_eq(line(0, "hello"),
                     "[  1.234567] vote: hello                       | "
                     "                                  | \n");
    ck_assert_str_eq(line(1, "words that do not fit into one line of it"),
                     "[  1.234567]                                   | "
                     "vote: words that do not fit into  | \n"
                     "                                               | "
                     "one line of it                    | \n");
    ck_assert_str_eq(line(-1, "hello"), "[  1.234567] -- vote    hello\n");
}
END_TEST

SUITE(tester_report)
{
    Suite *suite = suite_create("tester_report");
    TCase *counting = tcase_create("results");
    tcase_add_test(counting, points_are_earned_only_if_all_seeds_passed);
    tcase_add_test(counting,
                   a_test_that_is_not_applicable_passes_with_a_reason);
    tcase_add_test(counting, the_lowest_failing_seed_keeps_the_details);
    suite_add_tcase(suite, counting);
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(file, make_directory, remove_directory);
    tcase_add_test(file, the_report_has_all_results);
    tcase_add_test(file, an_abandoned_report_leaves_the_old_one);
    tcase_add_test(file, bad_paths_are_found_before_the_runs);
    suite_add_tcase(suite, file);
    TCase *texts = tcase_create("texts");
    tcase_add_test(texts, numbers_are_whole_decimal_and_fit);
    tcase_add_test(texts, edit_distance_counts_changes);
    tcase_add_test(texts, the_bar_fits_its_terminal);
    tcase_add_test(texts, log_lines_are_stamped);
    tcase_add_test(texts, wide_terminals_have_a_column_for_each_server);
    suite_add_tcase(suite, texts);
    return suite;
}
