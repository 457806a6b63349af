/* search.h - looking for an order of one part's operations.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_SEARCH_H
#define LINCHECK_SEARCH_H

#include "lincheck/part.h"

struct search_options {
    const struct lin_options *limits;
    bool look_ahead;    /* leave out what cannot lead to a later read; then
                         * the furthest order is not told apart */
    uint64_t *steps;    /* counted up */
    size_t *bytes_peak; /* raised */
};

struct search_result {
    enum lin_verdict verdict;
    uint32_t blocked; /* item whose return no order came past; PART_NONE:
                       * one came past all */
    uint32_t *order;  /* items of one that came so far; owned */
    size_t order_count;
};

void search_run(const struct part *part, struct lin_history *history,
                const struct search_options *options,
                struct search_result *result);

#endif
