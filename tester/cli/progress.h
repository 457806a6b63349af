/* progress.h - the progress bar on the last line of a terminal.
 * Layer: tester/cli. On standard error if that is a terminal; else nothing. */
#ifndef TESTER_CLI_PROGRESS_H
#define TESTER_CLI_PROGRESS_H

#include "tester/cli/print.h"

struct progress {
    bool on;
    bool drawn; /* it is visible */
    int columns;
    uint64_t total;
    int64_t began_ns, drawn_ns; /* real time */
};

void progress_init(struct progress *progress, const struct look *look,
                   uint64_t total);

/* Draw the bar, at most ten times a second. */
void progress_show(struct progress *progress, uint64_t done, uint64_t failed);

/* Remove the bar: before other lines are printed, and at the end. */
void progress_clear(struct progress *progress);

/* Write the bar for a terminal of this width, and return its length. */
int progress_text(char *text, size_t size, int columns, uint64_t done,
                  uint64_t total, uint64_t failed, double elapsed_s);

#endif
