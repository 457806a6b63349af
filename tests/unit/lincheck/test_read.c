/* test_read.c - reading and writing histories.
 * Layer: tests. The file names in tests/data/histories/ tell format and
 * verdict. Histories of other projects are not in the repository: see
 * testdata(). */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/history_text.h"
#include "tests/support/suites.h"

/* Parse a correct text. */
static struct lin_history *parsed(const char *text)
{
    struct lin_history *history = parse_bytes(bytes_of_text(text));
    ck_assert_msg(history, "%s", message);
    ck_assert_str_eq(message, "");
    return history;
}

static enum lin_verdict verdict_of(struct lin_history *history)
{
    struct lin_result result;
    lin_check(history, &lin_default_options, &result);
    enum lin_verdict verdict = result.verdict;
    lin_result_release(&result);
    return verdict;
}

static enum lin_verdict verdict_of_text(const char *text)
{
    struct lin_history *history = parsed(text);
    enum lin_verdict verdict = verdict_of(history);
    lin_history_free(history);
    return verdict;
}

static struct bytes written(const struct lin_history *history)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    ck_assert(lin_write(history, to));
    fclose(to);
    return (struct bytes){(uint8_t *)text, size};
}

/* Return a value of an operation as text. */
static struct bytes text_of(const struct lin_history *history, uint32_t value)
{
    ck_assert_uint_ne(value, VALUE_NIL);
    return values_bytes(history->values, value);
}

static void check_text(const struct lin_history *history, uint32_t value,
                       const char *expected)
{
    ck_assert_msg(bytes_equal(text_of(history, value), bytes_of_text(expected)),
                  "not \"%s\"", expected);
}

/* ---- Formats -------------------------------------------------------------*/

START_TEST(strings_of_edn_are_unescaped)
{
    struct lin_history *history = parsed(
        "{:process 7 :type :invoke :f :put :key \"a\\\"b\\\\\\n\" "
        ":value \"\\u00fc\\u20ac\\ud83d\\ude00\\t\\r\\b\\f\"}\n"
        "{:process 8 :type :invoke :f :put :key \"\" :value \"\\u0041\n\"}");
    check_text(history, history->ops[0].key, "a\"b\\\n");
    check_text(history, history->ops[0].value,
               "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\t\r\b\f");
    ck_assert_uint_eq(history->ops[0].client, 7);
    check_text(history, history->ops[1].key, "");
    check_text(history, history->ops[1].value, "A\n");
    lin_history_free(history);
}
END_TEST

START_TEST(numbers_equal_their_digits)
{
    struct lin_history *history =
        parsed("{:process 0 :type :invoke :f :cas :value [+3 -0]}\n"
               "{:process 1 :type :invoke :f :cas :value [\"3\" 0N]}\n"
               "{:process 2 :type :invoke :f :cas "
               ":value [9223372036854775807 -9223372036854775808]}\n");
    const struct lin_op *ops = history->ops;
    ck_assert_uint_eq(ops[0].expected, ops[1].expected);
    ck_assert_uint_eq(ops[0].value, ops[1].value);
    check_text(history, ops[0].value, "0");
    check_text(history, ops[2].expected, "9223372036854775807");
    check_text(history, ops[2].value, "-9223372036854775808");
    lin_history_free(history);
    history = parsed(REG "{\"call\": 1, \"f\": \"write\", \"value\": -12}");
    check_text(history, history->ops[0].value, "-12");
    lin_history_free(history);
}
END_TEST

/* Times are line numbers; several events in one line keep their order. */
START_TEST(events_have_the_order_of_the_file)
{
    struct lin_history *history =
        parsed("\n{:process 0 :type :invoke :f :write :value 1} "
               "{:process 0 :type :ok :f :write}\n"
               "{:process 1 :type :invoke :f :read}\n\n\n"
               "{:process 1\n :type :ok :f :read :value 2}\n");
    const struct lin_op *ops = history->ops;
    ck_assert_int_eq(ops[0].call, 2);
    ck_assert_int_eq(ops[0].ret, 3);
    ck_assert_int_eq(ops[1].call, 4); /* of line 3, but later */
    ck_assert_int_eq(ops[1].ret, 6);
    ck_assert_uint_eq(ops[0].line, 2);
    ck_assert_uint_eq(ops[1].line, 3);
    lin_history_free(history);
}
END_TEST

START_TEST(info_leaves_an_operation_open)
{
    struct lin_history *history =
        parsed(U "0 :invoke :write 1\n" U "0 :info :write :timed-out why\n" U
                 "0 :invoke :write 2\r\n" U "0 :ok :write 2\r\n" U
                 "1 :invoke :read nil\n" U "1 :ok :read 1");
    ck_assert_uint_eq(lin_op_count(history), 3);
    ck_assert_int_eq(history->ops[0].ret, LIN_OPEN);
    ck_assert(!history->ops[0].withdrawn);
    ck_assert_int_eq(history->ops[1].ret, 4);
    ck_assert_int_eq(verdict_of(history), LIN_LINEARIZABLE);
    lin_history_free(history);
}
END_TEST

/* :fail means no effect; only ":fail :cas [a b]" of a log is a response. */
START_TEST(fail_is_withdrawn_or_a_mismatch)
{
    struct lin_history *history =
        parsed(U "0 :invoke :write 1\n" U "0 :fail :write 1\n" U
                 "1 :invoke :cas [1 2]\n" U "1 :fail :cas [1 2]\n" U
                 "2 :invoke :cas [nil 2]\n" U "2 :fail :cas :timed-out\n" U
                 "3 :invoke :read nil\n" U "3 :fail :read :timed-out\n");
    const struct lin_op *ops = history->ops;
    ck_assert(ops[0].withdrawn && ops[2].withdrawn && ops[3].withdrawn);
    ck_assert(!ops[1].withdrawn);
    ck_assert_int_eq(ops[1].outcome, LIN_MISMATCH);
    ck_assert_int_eq(ops[1].ret, 4);
    ck_assert_uint_eq(ops[2].expected, VALUE_NIL);
    lin_history_free(history);
    history = parsed("{:process 0 :type :invoke :f :cas :value [1 2]}\n"
                     "{:process 0 :type :fail :f :cas :value [1 2]}\n");
    ck_assert(history->ops[0].withdrawn);
    lin_history_free(history);
}
END_TEST

START_TEST(other_lines_of_logs_are_skipped)
{
    struct lin_history *history = parsed(
        "starting\n" U ":nemesis :info :start nil\nINFO  jepsen.core - 0 :x\n"
        "INFO  myjepsen.util - 0 :x\nINFO jepsen.utility - 0\n" U "\n" U
        "Run complete\n\tat java.Net [1 2\njepsen.util\n"
        "2016-01-01 12:00:00 INFO [worker 3] jepsen.util: 5 :invoke :write 1\n"
        "INFO\tjepsen.util\t-\t6\t:invoke\t:write\t\"a b\"\n");
    ck_assert_uint_eq(lin_op_count(history), 2);
    ck_assert_uint_eq(history->ops[0].client, 5);
    ck_assert_uint_eq(history->ops[0].line, 10);
    ck_assert_uint_eq(history->ops[1].client, 6);
    check_text(history, history->ops[1].value, "a b");
    lin_history_free(history);
}
END_TEST

/* More processes than the initial size of the table. */
START_TEST(processes_are_distinguished)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 1000; i++) {
            fprintf(to, U "%u :%s :write %u\n", i * 4294967u,
                    round == 0 ? "invoke" : "ok", i);
        }
    }
    fclose(to);
    struct lin_history *history = parsed(text);
    ck_assert_uint_eq(lin_op_count(history), 1000);
    for (size_t i = 0; i < 1000; i++) {
        ck_assert_int_eq(history->ops[i].ret, (int64_t)i + 1001);
        ck_assert_uint_eq(history->ops[i].client, i * 4294967u);
    }
    lin_history_free(history);
    free(text);
}
END_TEST

/* nil is the initial value of a register, and the empty text. */
START_TEST(nil_is_the_initial_value)
{
    static const char *const good[] = {
        U "0 :invoke :read nil\n" U "0 :ok :read nil\n",
        "{:process 0 :type :invoke :f :read}\n"
        "{:process 0 :type :ok :f :read :value nil}\n",
        "{:process 0 :type :invoke :f :get :key 1}\n"
        "{:process 0 :type :ok :f :get :key 1 :value nil}\n",
        REG "{\"call\": 1, \"return\": 2, \"f\": \"read\", \"value\": null}\n",
        KV "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": 1, "
           "\"value\": null}\n",
        VER "{\"call\": 1, \"return\": 2, \"f\": \"get\", \"key\": 1, "
            "\"value\": null, \"version\": 0}\n",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_int_eq(verdict_of_text(good[i]), LIN_LINEARIZABLE);
    }
    const char *text = U "0 :invoke :read nil\n" U "0 :ok :read \"\"\n";
    ck_assert_int_eq(verdict_of_text(text), LIN_NOT_LINEARIZABLE);
}
END_TEST

START_TEST(no_operations_are_linearizable)
{
    ck_assert_int_eq(verdict_of_text(KV), LIN_LINEARIZABLE);
    ck_assert_int_eq(verdict_of_text(REG "\n \r\n"), LIN_LINEARIZABLE);
}
END_TEST

/* ---- Writing -------------------------------------------------------------*/

static void call_one(struct lin_history *history, enum lin_function function,
                     const char *key, const char *value,
                     enum lin_outcome outcome)
{
    struct bytes bytes = bytes_of_text(value ? value : "");
    size_t op = lin_call(history, &(struct lin_request){
                                      .at = 10 * (int64_t)lin_op_count(history),
                                      .client = 4294967295u,
                                      .function = function,
                                      .key = bytes_of_text(key),
                                      .value = value ? &bytes : NULL,
                                      .version = UINT64_MAX,
                                  });
    if (lin_op_count(history) % 3 == 0) {
        lin_withdraw(history, op);
    } else if (lin_op_count(history) % 3 == 1) {
        lin_return(history, op,
                   &(struct lin_response){
                       .at = 10 * (int64_t)lin_op_count(history),
                       .outcome = outcome,
                       .value = value ? &bytes : NULL,
                       .version = INT64_MAX,
                   });
    }
}

static void check_trip(const struct lin_history *history)
{
    struct bytes text = written(history);
    struct lin_history *back = parse_bytes(text);
    ck_assert_msg(back, "%s", message);
    struct bytes again = written(back);
    ck_assert(bytes_equal(text, again));
    lin_history_free(back);
    bytes_free(&text);
    bytes_free(&again);
}

/* Every third operation is complete, open, withdrawn. */
START_TEST(what_is_written_is_this)
{
    struct lin_history *history = lin_history_new(&lin_versioned);
    call_one(history, LIN_READ, "\"\\\n\x01\x7f", "\xc3\xbc", LIN_OK);
    call_one(history, LIN_READ, "", NULL, LIN_OK);
    call_one(history, LIN_WRITE, "", "withdrawn", LIN_OK);
    call_one(history, LIN_WRITE, "\xff", "\xc3", LIN_MAYBE);
    call_one(history, LIN_WRITE, "k", NULL, LIN_OK);
    struct bytes text = written(history);
    const char *expected =
        VER "{\"client\": 4294967295, \"call\": 0, \"return\": 10, \"f\": "
            "\"get\", \"key\": \"\\\"\\\\\\n\\u0001\\u007f\", \"value\": "
            "\"\xc3\xbc\", \"version\": 9223372036854775807}\n"
            "{\"client\": 4294967295, \"call\": 10, \"f\": \"get\", \"key\": "
            "\"\"}\n"
            "{\"client\": 4294967295, \"call\": 30, \"return\": 40, \"f\": "
            "\"put\", \"key\": {\"hex\": \"ff\"}, \"value\": {\"hex\": "
            "\"c3\"}, \"version\": \"18446744073709551615\", \"outcome\": "
            "\"maybe\"}\n"
            "{\"client\": 4294967295, \"call\": 40, \"f\": \"put\", \"key\": "
            "\"k\", \"value\": \"\", \"version\": "
            "\"18446744073709551615\"}\n";
    ck_assert_uint_eq(text.size, strlen(expected));
    ck_assert_mem_eq(text.data, expected, text.size);
    check_trip(history);
    bytes_free(&text);
    lin_history_free(history);
}
END_TEST

/* UTF-8 is written as a JSON string, all else as hex. */
START_TEST(all_short_strings_survive_the_round_trip)
{
    static const char *const ends[] = {
        "",         "\x80",     "\x80\x80",     "\x8f\xbf\xbf", "\x90\x80\x80",
        "\x9f\xbf", "\xa0\x80", "\xbf\xbf\xbf", "\xbf\xbfx",
    };
    struct lin_history *history = lin_history_new(&lin_kv);
    for (unsigned first = 0; first < 256; first++) {
        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
            uint8_t bytes[8] = {(uint8_t)first};
            size_t size = 1 + strlen(ends[i]);
            memcpy(bytes + 1, ends[i], size - 1);
            struct bytes value = bytes_of(bytes, size);
            lin_call(history, &(struct lin_request){.function = LIN_APPEND,
                                                    .key = value,
                                                    .value = &value});
        }
    }
    check_trip(history);
    lin_history_free(history);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
    FILE *full = fopen("/dev/full", "w");
    if (!full) {
        return; /* not on this system */
    }
    struct lin_history *history = parsed(KV);
    errno = 0;
    ck_assert(!lin_write(history, full));
    ck_assert_int_eq(errno, ENOSPC);
    fclose(full);
    lin_history_free(history);
}
END_TEST

/* ---- Files ---------------------------------------------------------------*/

static void check_unreadable(const char *path, const char *expected)
{
    ck_assert_ptr_null(lin_read(path, message, sizeof(message)));
    ck_assert_str_eq(message, expected);
}

START_TEST(files_that_cannot_be_read_have_a_message)
{
    check_unreadable("tests", "tests: Is a directory");
    check_unreadable("tests/none", "tests/none: No such file or directory");
    check_unreadable("/dev/null", "/dev/null:1: the input is empty");
    check_unreadable("tests/unit/lincheck/test_read.c/x",
                     "tests/unit/lincheck/test_read.c/x: Not a directory");
    char path[] = "build/test_lin_read_XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    if (chmod(path, 0) == 0 && access(path, R_OK) != 0) { /* not for root */
        ck_assert_ptr_null(lin_read(path, message, sizeof(message)));
        ck_assert_ptr_nonnull(strstr(message, ": Permission denied"));
    }
    unlink(path);
}
END_TEST

START_TEST(messages_fit_their_buffer)
{
    char small[8] = "1234567";
    ck_assert_ptr_null(lin_parse("name", bytes_of_text("x"), small, 5));
    ck_assert_str_eq(small, "name");
    ck_assert_int_eq(small[6], '7');
    ck_assert_ptr_null(lin_parse("name", bytes_of_text("x"), NULL, 0));
}
END_TEST

START_TEST(minus_is_standard_input)
{
    ck_assert_ptr_nonnull(
        freopen("tests/data/histories/json-kv-ok.jsonl", "r", stdin));
    struct lin_history *history = lin_read("-", message, sizeof(message));
    ck_assert_msg(history, "%s", message);
    ck_assert_uint_eq(lin_op_count(history), 4);
    lin_history_free(history);
    ck_assert_ptr_nonnull(freopen("/dev/null", "r", stdin));
    check_unreadable("-", "stdin:1: the input is empty");
}
END_TEST

static void check_file(const char *path, enum lin_verdict expected)
{
    struct lin_history *history = lin_read(path, message, sizeof(message));
    ck_assert_msg(history, "%s", message);
    enum lin_verdict found = verdict_of(history);
    ck_assert_msg(found == expected, "%s: %s", path, lin_verdict_text(found));
    check_trip(history);
    lin_history_free(history);
}

/* Check each file whose name contains -ok. or -bad. Return how many. */
static int check_folder(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    ck_assert_msg(dir, "%s: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir));) {
        bool is_good = strstr(entry->d_name, "-ok.") != NULL;
        if (is_good || strstr(entry->d_name, "-bad.")) {
            char path[4096];
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            check_file(path, is_good ? LIN_LINEARIZABLE : LIN_NOT_LINEARIZABLE);
            count++;
        }
    }
    closedir(dir);
    return count;
}

START_TEST(small_histories_have_their_verdicts)
{
    ck_assert_int_eq(check_folder("tests/data/histories"), 14);
}
END_TEST

/* Return the folder with data of other projects: $RAFTLAB_TESTDATA, or beside
 * the checkout. NULL, with a message, if there is none. */
static const char *testdata(void)
{
    const char *folder = getenv("RAFTLAB_TESTDATA");
    if (folder && *folder) {
        return folder;
    }
    folder = "../shared/testdata";
    if (access(folder, R_OK) == 0) {
        return folder;
    }
    printf("skipped: no histories of other projects (RAFTLAB_TESTDATA)\n");
    return NULL;
}

START_TEST(logs_of_jepsen_have_their_verdicts)
{
    const char *folder = testdata();
    char path[4096], name[64], verdict[64];
    int count = 0;
    if (!folder) {
        return;
    }
    snprintf(path, sizeof(path), "%s/histories/register/expected.txt", folder);
    FILE *expected = fopen(path, "r");
    ck_assert_msg(expected, "%s: %s", path, strerror(errno));
    while (fscanf(expected, "%63s %63s", name, verdict) == 2) {
        snprintf(path, sizeof(path), "%s/histories/register/%s", folder, name);
        check_file(path, strcmp(verdict, "linearizable") == 0
                             ? LIN_LINEARIZABLE
                             : LIN_NOT_LINEARIZABLE);
        count++;
    }
    fclose(expected);
    ck_assert_int_eq(count, 68);
}
END_TEST

START_TEST(histories_of_porcupine_have_their_verdicts)
{
    const char *folder = testdata();
    char path[4096];
    if (folder) {
        snprintf(path, sizeof(path), "%s/histories/kv", folder);
        ck_assert_int_eq(check_folder(path), 4);
    }
}
END_TEST

SUITE(lincheck_read)
{
    Suite *suite = suite_create("lincheck_read");
    TCase *understood = tcase_create("understood");
    tcase_add_test(understood, strings_of_edn_are_unescaped);
    tcase_add_test(understood, numbers_equal_their_digits);
    tcase_add_test(understood, events_have_the_order_of_the_file);
    tcase_add_test(understood, info_leaves_an_operation_open);
    tcase_add_test(understood, fail_is_withdrawn_or_a_mismatch);
    tcase_add_test(understood, other_lines_of_logs_are_skipped);
    tcase_add_test(understood, processes_are_distinguished);
    tcase_add_test(understood, nil_is_the_initial_value);
    tcase_add_test(understood, no_operations_are_linearizable);
    suite_add_tcase(suite, understood);

    TCase *writing = tcase_create("writing");
    tcase_add_test(writing, what_is_written_is_this);
    tcase_add_test(writing, all_short_strings_survive_the_round_trip);
    tcase_add_test(writing, a_full_disk_is_an_error);
    suite_add_tcase(suite, writing);

    TCase *files = tcase_create("files");
    tcase_add_test(files, files_that_cannot_be_read_have_a_message);
    tcase_add_test(files, messages_fit_their_buffer);
    tcase_add_test(files, minus_is_standard_input);
    tcase_add_test(files, small_histories_have_their_verdicts);
    tcase_add_test(files, logs_of_jepsen_have_their_verdicts);
    tcase_add_test(files, histories_of_porcupine_have_their_verdicts);
    suite_add_tcase(suite, files);
    return suite;
}
