/* search.h - search for a linearization of one partition.
 * Layer: lincheck, internal. One thread. */
#ifndef LINCHECK_SEARCH_H
#define LINCHECK_SEARCH_H

#include "lincheck/partition.h"

struct search_options {
    const struct lin_options *limits;
    bool look_ahead;    /* abandon states from which a later read's response is
                         * unreachable. Faster, but the order that comes
                         * furthest may then not be the longest one */
    uint64_t *steps;    /* the number of steps is added to it */
    size_t *bytes_peak; /* raised to the peak of memory in use */
};

struct search_result {
    enum lin_verdict verdict;
    uint32_t blocked; /* the item whose return no order came past;
                       * PARTITION_NONE if linearizable */
    uint32_t *order;  /* a linearization, or the order that came furthest:
                       * items; the caller's to free() */
    size_t order_count;
};

/* Search until a linearization is found, none is left, or a limit is reached.
 * The values of the history grow; everything else is borrowed, unchanged. */
void search_run(const struct partition *part, struct lin_history *history,
                const struct search_options *options,
                struct search_result *result);

#endif
