/* selection.h - the tests that the names on the command line select.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_SELECTION_H
#define TESTER_CLI_SELECTION_H

#include <stddef.h>

#include "tester/cli/options.h"
#include "tester/harness/test.h"

struct selection {
    const struct lab_test **tests; /* in test order, each once; free() it */
    size_t count;
};

/* Select tests by name, part ("2A"), lab ("2"), pattern ('TestSnapshot*') or
 * beginning of a name; names and parts of other years work, too. Without names
 * select all graded tests (list: all tests). False: a name selects nothing, and
 * one line with the nearest names was printed. */
bool selection_make(const struct options *options, struct selection *selection);

/* If the command line has no names, keep only the labs that a plug-in of these
 * roles (harness/impl.h) is for. */
void selection_keep(const struct options *options, unsigned roles,
                    struct selection *selection);

#endif
