/* prefix.h - the longest linearizable prefix of a partition.
 * Layer: lincheck, internal. */
#ifndef LINCHECK_PREFIX_H
#define LINCHECK_PREFIX_H

#include "lincheck/partition.h"
#include "lincheck/search.h"

/* Of a partition that is not linearizable. A prefix of a history ends before
 * some return; operations that return later are open in it. */
struct prefix {
    size_t blocked;  /* no prefix that includes the return of this operation is
                      * linearizable */
    bool is_certain; /* the prefix before that return is. False: there was no
                      * time to find out; `order` is of a shorter one */
    size_t *order;   /* a linearization of it: operations by number; the
                      * caller's to free() */
    size_t order_count;
};

/* What partition_init() got, and the partition it made. */
struct prefix_input {
    const struct partition *part;
    struct lin_history *history; /* unchanged on return */
    const uint32_t *ops;
    size_t count;
    uint32_t *scratch;
};

/* Find the prefix for a partition that is not linearizable by `found`. */
void prefix_find(struct prefix *prefix, const struct prefix_input *input,
                 const struct search_options *options,
                 const struct search_result *found);

/* The same by bisection, which prefix_find() uses when its first way takes too
 * many steps. prefix->order must be NULL or owned. */
void prefix_bisect(struct prefix *prefix, const struct prefix_input *input,
                   const struct search_options *options,
                   const struct search_result *found);

#endif
