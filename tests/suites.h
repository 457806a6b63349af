/* suites.h - the libcheck suites: one per tests/test_<module>.c.
 * Layer: tests. build/suites.def has a line SUITE(<module>) for each such
 * file; the Makefile writes it, so that no file can be forgotten. */
#ifndef TESTS_SUITES_H
#define TESTS_SUITES_H

#include <check.h>

#define SUITE(module) Suite *suite_##module(void);
#include "build/suites.def"
#undef SUITE

#endif
