/* large_history.h - linearizable histories of any length, perhaps with a fault.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_LARGE_HISTORY_H
#define TESTS_SUPPORT_LARGE_HISTORY_H

#include "lincheck/lincheck.h"

struct large_history {
    const struct lin_model *model;
    size_t ops;
    int clients, keys;
    int open_in;  /* one write in this many stays open; 0: none */
    size_t fault; /* this operation, if it is a read, returns a value that
                   * nobody wrote; SIZE_MAX: none */
};

/* Each client has one operation after the other, half of them reads.
 * Linearization points are in the order of calls. Written values are unique. */
struct lin_history *large_history(const struct large_history *large,
                                  uint64_t seed);

#endif
