/* main.c - runs the unit tests of one folder.
 * Layer: tests. Arguments name suites, or test cases of suites
 * ("raft_append/entries"); without arguments all suites run. Prints the tests
 * that fail, the commands that run them again, and "N passed, N failed".
 * libcheck's variables work, too: CK_INCLUDE_TAGS=2B, CK_FORK=no for gdb.
 *
 * A slow machine fails no test: each test runs in a process of its own that
 * may use TEST_CPU_S seconds of CPU time (0: any). Real time is only the last
 * resort against a test that sleeps forever. */
#include "tests/support/suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { CPU_S = 600 };
static const char last_resort_s[] = "3600";

static struct suite_entry *first_suite, **last_suite = &first_suite;

void suite_add(struct suite_entry *entry)
{
    *last_suite = entry;
    last_suite = &entry->next;
}

/* The suite of an argument; NULL after a message if there is none. */
static struct suite_entry *suite_of(const char *wanted)
{
    size_t length = strcspn(wanted, "/");
    for (struct suite_entry *entry = first_suite; entry; entry = entry->next) {
        if (strlen(entry->name) == length &&
            memcmp(entry->name, wanted, length) == 0) {
            return entry;
        }
    }
    fprintf(stderr, "there is no suite '%s'; there are:", wanted);
    for (struct suite_entry *entry = first_suite; entry; entry = entry->next) {
        fprintf(stderr, " %s", entry->name);
    }
    fprintf(stderr, "\n");
    return NULL;
}

/* The part after the slash of "raft_append/entries", NULL if there is none. */
static const char *case_of(const char *wanted)
{
    const char *slash = strchr(wanted, '/');
    return slash ? slash + 1 : NULL;
}

/* A test killed at the soft limit fails by SIGXCPU. The hard limit stays: the
 * children of a test set limits of their own. */
static void set_limits(void)
{
    const char *text = getenv("TEST_CPU_S");
    rlim_t seconds = text ? strtoull(text, NULL, 10) : CPU_S;
    struct rlimit limit;
    setenv("CK_DEFAULT_TIMEOUT", seconds ? last_resort_s : "0", 0);
    getrlimit(RLIMIT_CPU, &limit);
    if (seconds != 0 && seconds < limit.rlim_max) {
        limit.rlim_cur = seconds;
        setrlimit(RLIMIT_CPU, &limit);
    }
}

/* ---- Running -------------------------------------------------------------*/

/* Print the commands that run the failed test cases again; "make test" builds
 * build/plain. */
static void print_failed_cases(const char *program, const char *suite,
                               SRunner *runner)
{
    bool plain = strncmp(program, "build/plain/", 12) == 0;
    int count = srunner_ntests_failed(runner);
    TestResult **results = srunner_failures(runner);
    const char *former = "";
    bool timeout = false;
    for (int i = 0; i < count; i++) {
        const char *name = tr_tcname(results[i]);
        timeout |= strstr(tr_msg(results[i]), "timeout expired") != NULL;
        if (strcmp(name, former) != 0) {
            printf("again: %s%s'%s/%s'\n", plain ? "make test S=" : program,
                   plain ? "" : " ", suite, name);
        }
        former = name;
    }
    if (timeout) {
        printf("A timeout is the last resort, after %s s: that test hangs.\n",
               getenv("CK_DEFAULT_TIMEOUT"));
    }
    free(results);
}

struct tally {
    int run, failed;
};

/* Run a suite, or one test case of it; exit with status 2 if it has none of
 * that name. */
static void run(const char *program, const struct suite_entry *entry,
                const char *test_case, struct tally *tally)
{
    Suite *suite = entry->make();
    if (test_case && !suite_tcase(suite, test_case)) {
        fprintf(stderr, "suite %s has no test case '%s'\n", entry->name,
                test_case);
        exit(2);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run(runner, NULL, test_case,
                getenv("CK_VERBOSITY") ? CK_ENV : CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    tally->run += srunner_ntests_run(runner);
    tally->failed += failed;
    if (failed > 0) {
        srunner_print(runner, CK_NORMAL);
        print_failed_cases(program, entry->name, runner);
    }
    srunner_free(runner);
}

int main(int argc, char **argv)
{
    struct tally tally = {0, 0};
    for (int i = 1; i < argc; i++) {
        if (!suite_of(argv[i])) {
            return 2;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* in order with what the tests print */
    set_limits();
    for (int i = 1; i < argc; i++) {
        run(argv[0], suite_of(argv[i]), case_of(argv[i]), &tally);
    }
    for (struct suite_entry *entry = first_suite; argc == 1 && entry;
         entry = entry->next) {
        run(argv[0], entry, NULL, &tally);
    }
    /* libcheck calls that a success; in some folders no test has the tag. */
    bool none = tally.run == 0 && !getenv("CK_INCLUDE_TAGS");
    if (none) {
        printf("no test was selected\n");
    }
    printf("%d passed, %d failed\n", tally.run - tally.failed, tally.failed);
    return tally.failed != 0 || none;
}
