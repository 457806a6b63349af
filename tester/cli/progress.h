/* progress.h - the bar at the bottom of a terminal while runs go on.
 * Layer: tester. On standard error, if that is a terminal; else nothing. */
#ifndef TESTER_CLI_PROGRESS_H
#define TESTER_CLI_PROGRESS_H

#include "tester/cli/print.h"

struct progress {
    bool on;
    bool drawn; /* stands on the last line of the terminal now */
    int columns;
    uint64_t total;
    int64_t began_ns, drawn_ns; /* real time */
};

void progress_init(struct progress *progress, const struct look *look,
                   uint64_t total);

/* Draw it anew, at most ten times a second. */
void progress_show(struct progress *progress, uint64_t done, uint64_t failed);

/* Take it away: before other lines are printed, and at the end. */
void progress_clear(struct progress *progress);

/* The bar's text, for a terminal of that width. Returns its length. */
int progress_text(char *text, size_t size, int columns, uint64_t done,
                  uint64_t total, uint64_t failed, double elapsed_s);

#endif
