/* main.c - runs the unit tests: all, or the suites named as arguments.
 * Layer: tests.
 *
 * libcheck's own variables work too (CK_INCLUDE_TAGS=2B, CK_RUN_CASE, ...).
 * libcheck reports success when a selection matches nothing; here that is a
 * failure. The last line is "N passed, N failed". */
#include "tests/support/suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct suite_entry {
    const char *name;
    Suite *(*make)(void);
};

static const struct suite_entry entries[] = {
#define SUITE(module) {#module, suite_##module},
#include SUITES
#undef SUITE
};

static const size_t entry_count = sizeof(entries) / sizeof(entries[0]);

static bool wanted(const char *name, int count, char **names)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return count == 0;
}

static bool known(const char *name)
{
    for (size_t i = 0; i < entry_count; i++) {
        if (strcmp(name, entries[i].name) == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!known(argv[i])) {
            fprintf(stderr, "%s: no such suite; there is", argv[i]);
            for (size_t k = 0; k < entry_count; k++) {
                fprintf(stderr, " %s", entries[k].name);
            }
            fprintf(stderr, "\n");
            return 2;
        }
    }
    /* libcheck's 4 s are few for a sanitized build on a busy machine. */
    setenv("CK_DEFAULT_TIMEOUT", "60", 0);
    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < entry_count; i++) {
        if (wanted(entries[i].name, argc - 1, argv + 1)) {
            srunner_add_suite(runner, entries[i].make());
        }
    }
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (run == 0) {
        printf("no test was selected\n");
        failed = 1;
        run = 1;
    }
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed == 0 ? 0 : 1;
}
