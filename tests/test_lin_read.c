/* test_lin_read.c - histories from bytes and back, and what is wrong of them.
 * Layer: tests. The files of tests/histories say their verdict by name. Those
 * of other projects are read where RAFTLAB_TESTDATA, or a folder beside the
 * checkout, has them. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lincheck/read.h"
#include "tests/suites.h"

static char error[512];

static struct lin_history *parse(const char *text)
{
    struct bytes copy = bytes_copy(bytes_of_text(text));
    error[0] = '\0';
    struct lin_history *history = lin_parse("file", copy, error, sizeof(error));
    bytes_free(&copy);
    return history;
}

static void refused(const char *text, const char *reason)
{
    struct lin_history *history = parse(text);
    ck_assert_msg(history == NULL, "accepted: %s", text);
    ck_assert_msg(strstr(error, reason) != NULL, "\"%s\" for: %s", error, text);
    ck_assert_msg(strncmp(error, "file:", 5) == 0, "%s", error);
}

static enum lin_verdict verdict_of(struct lin_history *history)
{
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    enum lin_verdict verdict = result.verdict;
    lin_result_release(&result);
    return verdict;
}

/* The verdict of a file, which also comes back the same from writing. */
static enum lin_verdict verdict_of_file(const char *path)
{
    struct lin_history *history = lin_read(path, error, sizeof(error));
    ck_assert_msg(history != NULL, "%s", error);
    char *once, *twice;
    size_t once_size, twice_size;
    FILE *stream = open_memstream(&once, &once_size);
    ck_assert(lin_write(history, stream));
    fclose(stream);
    struct lin_history *again =
        lin_parse("again", bytes_of(once, once_size), error, sizeof(error));
    ck_assert_msg(again != NULL, "%s", error);
    stream = open_memstream(&twice, &twice_size);
    ck_assert(lin_write(again, stream));
    fclose(stream);
    ck_assert_uint_eq(once_size, twice_size);
    ck_assert_mem_eq(once, twice, once_size);
    enum lin_verdict verdict = verdict_of(history);
    ck_assert_int_eq(verdict_of(again), verdict);
    lin_history_free(history);
    lin_history_free(again);
    free(once);
    free(twice);
    return verdict;
}

START_TEST(our_own_files_have_their_verdicts)
{
    DIR *folder = opendir("tests/histories");
    ck_assert_ptr_nonnull(folder);
    int found = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[600];
        snprintf(path, sizeof(path), "tests/histories/%s", entry->d_name);
        if (entry->d_name[0] != '.') {
            bool right = strstr(entry->d_name, "-ok.") != NULL;
            ck_assert_msg((verdict_of_file(path) == LIN_LINEARIZABLE) == right,
                          "%s", path);
            found++;
        }
    }
    closedir(folder);
    ck_assert_int_ge(found, 7);
}
END_TEST

/* ---- Files of other projects ---------------------------------------------*/

static const char *testdata(void)
{
    const char *folder = getenv("RAFTLAB_TESTDATA");
    folder = folder ? folder : "../shared/testdata";
    if (access(folder, R_OK) != 0) {
        printf("skipped: no histories of other projects in %s\n", folder);
        return NULL;
    }
    return folder;
}

START_TEST(register_logs_have_their_verdicts)
{
    const char *folder = testdata();
    char path[600], name[100], verdict[40];
    int files = 0;
    if (!folder) {
        return;
    }
    snprintf(path, sizeof(path), "%s/histories/register/expected.txt", folder);
    FILE *expected = fopen(path, "r");
    ck_assert_ptr_nonnull(expected);
    while (fscanf(expected, "%99s %39s", name, verdict) == 2) {
        snprintf(path, sizeof(path), "%s/histories/register/%s", folder, name);
        ck_assert_str_eq(lin_verdict_text(verdict_of_file(path)), verdict);
        files++;
    }
    fclose(expected);
    ck_assert_int_eq(files, 68);
}
END_TEST

START_TEST(key_value_histories_have_their_verdicts)
{
    static const char *const names[] = {"c01-bad", "c01-ok", "c10-ok",
                                        "c50-ok"};
    const char *folder = testdata();
    for (int i = 0; folder && i < 4; i++) {
        char path[600];
        snprintf(path, sizeof(path), "%s/histories/kv/%s.txt", folder,
                 names[i]);
        ck_assert_int_eq(verdict_of_file(path),
                         i == 0 ? LIN_NOT_LINEARIZABLE : LIN_LINEARIZABLE);
    }
}
END_TEST

/* ---- What is wrong -------------------------------------------------------*/

#define LOG    "INFO  jepsen.util - "
#define INVOKE "{:process 0, :type :invoke, :f "
#define HEADER "{\"history\": \"raftlab\", \"version\": 1, \"model\": \"kv\"}\n"
#define OP     "{\"client\": 1, \"call\": 5, \"f\": \"get\", \"key\": \"k\""

static const struct wrong {
    const char *text, *reason;
} wrong[] = {
    {"", "file:1: it is empty"},
    {" \n\t\n", "it is empty"},
    {"nonsense", "file:1: not a history"},
    {"<xml/>", "not a history"},
    {LOG "0\t:invoke\t:read\tnil\n" LOG "0\t:invoke\t:read\tnil\n",
     "file:2: process 0 invokes an operation while its last one is pending"},
    {LOG "0\t:ok\t:read\t1\n", "has not invoked"},
    {LOG "0\t:invoke\t:read\tnil\n" LOG "0\t:ok\t:write\t1\n",
     "another kind of operation"},
    {LOG "0\t:went\t:read\tnil\n", "unknown type of event \":went\""},
    {LOG "0\t:invoke\t:delete\tnil\n", "unknown operation \":delete\""},
    {LOG "0\t:invoke\t:cas\t3\n", "the value of this operation"},
    {LOG "0\t:invoke\t:cas\t[3]\n", "the value of this operation"},
    {LOG "0\t:invoke\t:write\t\n", "the value of this operation"},
    {LOG "0\t:invoke\t:write", "the value of this operation"},
    {LOG "0\t:invoke", "unknown operation \"\""},
    {LOG "0\t:invoke\t:read\tnil\n" LOG "0\t:ok\t:read", "that was read"},
    {"{:process 0", "a value is missing"},
    {"{:process 0}", "an event needs a :type"},
    {"{:type :ok}", "an event needs a :process"},
    {"{:process 0, :type :ok, :f :get, :value \"\"}", "has not invoked"},
    {INVOKE ":jump}", "an event needs an :f"},
    {INVOKE ":get, :f :get}", ":f stands twice"},
    {INVOKE ":get, :key \"x}", "a string has no end"},
    {INVOKE ":get, :key [1 [2 {3 4}}", "a bracket is not closed"},
    {INVOKE ":cas, :value [1]}", "a value is missing"},
    {INVOKE ":cas, :value [1 2 3]}", "[expected new]"},
    {INVOKE ":cas, :value 4}", "[expected new]"},
    {INVOKE ":write, :value [1 2]}", "neither a string nor a number"},
    {INVOKE ":get}\n{:process 1, :type :invoke, :f :cas, :value [1 2]}",
     "file:2: :cas among operations of a kv"},
    {INVOKE ":get}\n{:process 0, :type :ok, :f :get}", "no :value"},
    {"[]", "no operation of a client"},
    {"[{:process :nemesis, :type :info, :f :kill}]", "no operation"},
    {"{} x", "needs a :process"},
    {"[1]", "expected a map"},
    {"{\"history\": \"raftlab\"", "not JSON"},
    {"{\"history\": \"raftlab\", \"version\": 2, \"model\": \"kv\"}",
     "\"version\" is not 1"},
    {"{\"history\": \"raftlab\", \"version\": 1, \"model\": \"queue\"}",
     "\"model\" is none of"},
    {HEADER "[]", "file:2: not a JSON object"},
    {HEADER "{}", "\"f\" is one of"},
    {HEADER "{\"f\": \"cas\"}", "a kv has no \"cas\""},
    {HEADER "{\"client\": 1, \"call\": -5, \"f\": \"get\"}",
     "\"call\" is a whole number"},
    {HEADER "{\"client\": 1, \"call\": 5.5, \"f\": \"get\"}",
     "\"call\" is a whole number"},
    {HEADER OP ", \"key\": \"k\"}", "not JSON: duplicate object key"},
    {HEADER OP ", \"return\": 4}", "returns before it is called"},
    {HEADER OP ", \"return\": null}", "\"return\" is a whole number"},
    {HEADER OP ", \"value\": 3}", "\"value\" is a string"},
    {HEADER OP ", \"value\": {\"hex\": \"c0f\"}}", "\"value\" is a string"},
    {HEADER OP ", \"value\": {\"hex\": \"xy\"}}", "\"value\" is a string"},
    {HEADER OP ", \"outcome\": \"lost\"}", "\"outcome\" is"},
    {HEADER OP ", \"value\": \"\xff\"}", "file:2: not JSON"},
};

START_TEST(what_is_wrong_is_said_with_its_line)
{
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        refused(wrong[i].text, wrong[i].reason);
    }
}
END_TEST

START_TEST(files_that_cannot_be_read_are_named)
{
    ck_assert_ptr_null(lin_read("/no/such/file", error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "/no/such/file: cannot be read: No"));
    ck_assert_ptr_null(lin_read("/", error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "/: cannot be read: Is a dir"));
}
END_TEST

/* Nothing in the reading takes a stack as deep as the input. */
START_TEST(deep_nesting_is_gone_over)
{
    enum { DEPTH = 1000000 };
    char *text = malloc(3 * DEPTH);
    size_t size = (size_t)sprintf(text, INVOKE ":get, :error ");
    memset(text + size, '[', DEPTH);
    memset(text + size + DEPTH, ']', DEPTH);
    strcpy(text + size + 2 * DEPTH, "}\n");
    struct lin_history *history = parse(text);
    ck_assert_msg(history != NULL, "%s", error);
    lin_history_free(history);
    memset(text, '[', DEPTH);
    text[DEPTH] = '\0';
    refused(text, "no operation");
    free(text);
}
END_TEST

START_TEST(a_history_of_nothing_is_linearizable)
{
    struct lin_history *history = parse(HEADER);
    ck_assert_msg(history != NULL, "%s", error);
    ck_assert_uint_eq(lin_op_count(history), 0);
    ck_assert_int_eq(verdict_of(history), LIN_LINEARIZABLE);
    lin_history_free(history);
}
END_TEST

Suite *suite_lin_read(void)
{
    Suite *suite = suite_create("lin_read");
    TCase *tcase = tcase_create("read");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, our_own_files_have_their_verdicts);
    tcase_add_test(tcase, register_logs_have_their_verdicts);
    tcase_add_test(tcase, key_value_histories_have_their_verdicts);
    tcase_add_test(tcase, what_is_wrong_is_said_with_its_line);
    tcase_add_test(tcase, files_that_cannot_be_read_are_named);
    tcase_add_test(tcase, deep_nesting_is_gone_over);
    tcase_add_test(tcase, a_history_of_nothing_is_linearizable);
    suite_add_tcase(suite, tcase);
    return suite;
}
