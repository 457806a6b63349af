/* furthest.h - how far an order of a part's operations can come.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_FURTHEST_H
#define LINCHECK_FURTHEST_H

#include "lincheck/part.h"
#include "lincheck/search.h"

struct furthest {
    size_t blocked;  /* every order fails at the return of this operation, */
    bool is_certain; /* or earlier; and one comes to that return, not only to
                      * an earlier one */
    size_t *order;   /* one that came furthest; operations by number; owned */
    size_t order_count;
};

/* What part_init() was given, and what it made of that. */
struct furthest_input {
    const struct part *part;
    struct lin_history *history;
    const uint32_t *ops;
    size_t count;
    uint32_t *scratch;
};

/* For a part that is not linearizable, of which the search says `found`. */
void furthest_find(struct furthest *furthest,
                   const struct furthest_input *input,
                   const struct search_options *options,
                   const struct search_result *found);

/* The same, by halves at once: what is left when the first way is too long.
 * furthest->order: NULL or owned. */
void furthest_by_halves(struct furthest *furthest,
                        const struct furthest_input *input,
                        const struct search_options *options,
                        const struct search_result *found);

#endif
