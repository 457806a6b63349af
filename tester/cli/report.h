/* report.h - the report of a suite, a JSON file.
 * Layer: tester/cli.
 *
 * The report is written to a temporary file in the same directory and renamed
 * when it is complete: there is never an incomplete one. Its "version" is 1;
 * later versions of the program add members and change none. 64-bit numbers
 * (seeds, hashes, counts of steps) are strings, because JSON numbers lose bits
 * above 2^53. The hash is null if a run has none (real threads, or killed from
 * outside). */
#ifndef TESTER_CLI_REPORT_H
#define TESTER_CLI_REPORT_H

#include <stdio.h>

#include "base/error.h"
#include "tester/cli/results.h"

enum { REPORT_VERSION = 1 };

struct report_file {
    char *path, *temporary; /* temporary NULL: path is not a regular file */
    FILE *stream;
};

/* Before the runs: check that a report can be written there. On LAB_EIO errno
 * says why not, and file holds nothing. */
enum lab_err report_open(struct report_file *file, const char *path);

/* Write the report and rename it to its path. On LAB_EIO errno says why that
 * failed. Afterwards file holds nothing in either case. */
enum lab_err report_write(struct report_file *file,
                          const struct results *results);

/* Give up: leave no file behind. */
void report_abandon(struct report_file *file);

#endif
