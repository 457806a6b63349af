/* suites.h - the libcheck suites: one per tests/test_<module>.c.
 * Layer: tests. build/suites.def has a line SUITE(<module>) for each such
 * file; the Makefile writes it, so that no file can be forgotten. */
#ifndef TESTS_SUPPORT_SUITES_H
#define TESTS_SUPPORT_SUITES_H

#include <check.h>

/* What is built for the thread sanitizer knows real runs only. */
#ifdef __SANITIZE_THREAD__
#define SUITES "tests/support/suites_real.def"
#else
#define SUITES "build/suites.def"
#endif

#define SUITE(module) Suite *suite_##module(void);
#include SUITES
#undef SUITE

#endif
