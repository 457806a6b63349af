/* print.h - output for people: terminal, colours, safe texts.
 * Layer: tester/cli. Standard output is a terminal, a file or a pipe; colours
 * and the width are for terminals only. */
#ifndef TESTER_CLI_PRINT_H
#define TESTER_CLI_PRINT_H

#include "tester/cli/options.h"
#include "tester/cli/results.h"

struct look {
    bool colour;         /* on standard output */
    bool terminal;       /* standard output is one */
    bool error_terminal; /* standard error is one: progress is shown */
    int columns;         /* of the terminal; 0: it is none, or unknown */
    int error_columns;
};

/* Look at the terminals, NO_COLOR, TERM and --no-color. */
struct look look_now(const struct options *options);

/* Print a verdict in green if it passed, else in red, padded to width. */
void print_verdict(const struct look *look, enum verdict_kind kind, int width);

/* Print a text of a plug-in so that it cannot control the terminal: question
 * marks replace control characters other than tabs. */
void print_safely(const char *from, size_t size);

/* Print notes (verdict.h) line by line, each behind `before`. NULL: none. */
void print_notes(const char *before, const char *notes);

/* The last line of test and grade. */
void print_summary(const struct results *results);

#endif
