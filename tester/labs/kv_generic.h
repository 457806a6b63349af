/* kv_generic.h - the generic key/value test: what most tests of 3A and 3B run.
 * Layer: tester/labs. docs/labs.md §4.2. */
#ifndef TESTER_LABS_KV_GENERIC_H
#define TESTER_LABS_KV_GENERIC_H

#include <stdbool.h>

#include "tester/harness/test_thread.h"

struct generic {
    int clients;
    bool crash;       /* crash all servers after each round */
    bool partitions;  /* random partitions during each round */
    bool random_keys; /* clients share keys, and put values, too */
};

/* Run three rounds in which clients append and get for five seconds. Every
 * append must take effect once, and the history of all calls must be
 * linearizable. */
#define generic_test(c, ...)                                                   \
    generic_run(HERE(c), &(struct generic){__VA_ARGS__})

void generic_run(struct cluster *c, const struct generic *generic);

#endif
