/* registry.h - the list of lab tests: how a test registers, how it is found.
 * Layer: tester/labs; includes harness. */
#ifndef TESTER_LABS_REGISTRY_H
#define TESTER_LABS_REGISTRY_H

#include <stddef.h>

#include "tester/harness/test.h"

/* LAB_TEST(TestX2A, "what it shows", .part = "2A", .servers = 3, .points = 5)
 * { ...; } defines the body of a test and registers it: being linked in is
 * enough. The other fields are those of struct lab_test. */
#define LAB_TEST(test, text, ...)                                              \
    static void body_##test(struct cluster *c);                                \
    static const struct lab_test test = {.name = #test,                        \
                                         .title = (text),                      \
                                         .file = __FILE__,                     \
                                         .line = __LINE__,                     \
                                         .body = body_##test,                  \
                                         __VA_ARGS__};                         \
    static const struct lab_test *const entry_##test                           \
        __attribute__((used, section("raftlab_tests"))) = &test;               \
    static void body_##test(struct cluster *c)

/* All tests, ordered by part, file and line. Static storage. */
const struct lab_test *const *lab_tests(size_t *count);

/* Is the test run and graded by default? Directed tests (part S) are not; they
 * have no points. */
bool lab_test_is_graded(const struct lab_test *test);

/* Find a test by its exact name, or by its name in the labs of 2024 to 2026
 * ("TestBackup3B" for TestBackup2B). NULL if there is none. */
const struct lab_test *lab_test_find(const char *name);

#endif
