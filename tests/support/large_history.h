/* large_history.h - histories of any length, right but for one answer.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_LARGE_HISTORY_H
#define TESTS_SUPPORT_LARGE_HISTORY_H

#include "lincheck/lincheck.h"

struct large_history {
    const struct lin_model *model;
    size_t ops;
    int clients, keys;
    int open_in;  /* one write in so many stays open; 0: none */
    size_t fault; /* this operation, if it is a read, returns what nobody has
                   * written; SIZE_MAX: none */
};

/* Each client has one operation after the other, half of them reads, which
 * have their effect in the order of calls. Written values are all different. */
struct lin_history *large_history(const struct large_history *large,
                                  uint64_t seed);

#endif
