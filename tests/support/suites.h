/* suites.h - libcheck suites that register themselves.
 * Layer: tests. tests/unit/raft/test_append.c has one suite, raft_append:
 *
 *     SUITE(raft_append)
 *     {
 *         Suite *suite = suite_create("raft_append");
 *         ...
 *         return suite;
 *     }
 */
#ifndef TESTS_SUPPORT_SUITES_H
#define TESTS_SUPPORT_SUITES_H

#include <check.h>

struct suite_entry {
    const char *name;
    Suite *(*make)(void);
    struct suite_entry *next;
};

/* Add a suite to those that main() runs, in the order in which the program is
 * linked. The entry is never freed. */
void suite_add(struct suite_entry *entry);

#define SUITE(name)                                                            \
    static Suite *suite_##name(void);                                          \
    __attribute__((constructor)) static void add_##name(void)                  \
    {                                                                          \
        static struct suite_entry entry = {#name, suite_##name, NULL};         \
        suite_add(&entry);                                                     \
    }                                                                          \
    static Suite *suite_##name(void)

#endif
