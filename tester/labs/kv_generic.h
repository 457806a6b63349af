/* kv_generic.h - the generic key/value test.
 * Layer: tester. docs/labs.md §4.2. */
#ifndef TESTER_LABS_KV_GENERIC_H
#define TESTER_LABS_KV_GENERIC_H

#include <stdbool.h>

#include "tester/harness/test_thread.h"

struct generic {
    int clients;
    bool crash;       /* all servers, after each round */
    bool partitions;  /* at random, all the time */
    bool random_keys; /* clients share keys, and put too */
};

/* Three rounds of clients that append and get for five seconds; then all they
 * were told has to be linearizable. */
#define generic_test(c, ...)                                                   \
    generic_run(HERE(c), &(struct generic){__VA_ARGS__})

void generic_run(struct cluster *c, const struct generic *generic);

#endif
