/* record_trees.h - records to test with.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_RECORD_TREES_H
#define TESTS_SUPPORT_RECORD_TREES_H

#include "tests/support/records.h"

/* A tree that owns what it holds; each seed gives another one. */
struct tree roll_tree(uint64_t seed);

/* Every byte is zero. */
void assert_empty(const void *record, size_t size);

/* Up to 256 bytes, written in hex; valid until the next call. */
struct bytes from_hex(const char *hex);

#endif
