/* bench_raftcore.h - the measurements of raftcore behind make bench.
 * Layer: tests. */
#ifndef TESTS_BENCH_BENCH_RAFTCORE_H
#define TESTS_BENCH_BENCH_RAFTCORE_H

#include <jansson.h>

/* Adds raftcore.* to the figures, by put(figures, key, value, unit, target):
 * a target below 0 is one to be reached at least. */
void bench_raftcore(json_t *figures,
                    void (*put)(json_t *figures, const char *key, double value,
                                const char *unit, double target));

/* Allocations so far, counted by the linker's --wrap. */
extern size_t bench_allocations;

#endif
