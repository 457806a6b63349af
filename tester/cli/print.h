/* print.h - what the commands write for people: lines, tables, failures.
 * Layer: tester. Standard output is a terminal, a file or a pipe; colour and
 * fitting to a width are for terminals only. */
#ifndef TESTER_CLI_PRINT_H
#define TESTER_CLI_PRINT_H

#include "tester/cli/options.h"
#include "tester/cli/report.h"

struct look {
    bool colour;         /* on standard output */
    bool terminal;       /* standard output is one */
    bool error_terminal; /* standard error is one: progress */
    int columns;         /* of the terminal; 0 if it is none, or unknown */
    int error_columns;
};

/* Look at the terminals, NO_COLOR, TERM and --no-color. */
struct look look_now(const struct options *options);

/* Green for passed, red for the others, padded to width. */
void print_verdict(const struct look *look, enum verdict_kind kind, int width);

/* ---- One line for each run (one seed) -----------------------------------*/

/* Where the columns are; depends on the names and on the terminal: a narrow
 * one shows fewer numbers, so that lines do not wrap. */
struct table {
    const struct look *look;
    int name_width, seed_width;
    bool narrow;
    bool ops; /* some have clerks, whose calls are counted */
};
struct table table_for(const struct look *look, const struct results *results);
void table_run_heading(const struct table *table);
void table_run(const struct table *table, const struct lab_test *test,
               const struct outcome *outcome);

/* ---- One line for each test (many seeds) --------------------------------*/

/* points: show the column of points (grade). Prints the failing seeds, first
 * ten, on a line below. */
void table_test_heading(const struct table *table, bool points);
void table_test(const struct table *table, const struct results *results,
                const struct tally *result, bool points);

/* ---- Failures -----------------------------------------------------------*/

/* How much to say. */
enum detail {
    DETAIL_SENTENCE,   /* what and where */
    DETAIL_STATE,      /* also of each server and thread */
    DETAIL_OUTPUT_END, /* also the last lines of what the code printed */
    DETAIL_OUTPUT,     /* also all of what is kept of it */
};

/* What is known of a failed run, and the command that repeats it. heading:
 * test, seed and verdict, if no line just before says so. */
void print_failure(const struct look *look, const struct options *options,
                   const struct lab_test *test, const struct outcome *outcome,
                   enum detail detail, bool heading);

/* Notes (verdict.h), line by line, each with this before it. NULL: none. */
void print_notes(const char *before, const char *notes);

/* What was seen that breaks no rule but is hardly meant. "": nothing. */
void print_advice(const char *text);

/* The last line of test and grade. */
void print_summary(const struct results *results);

#endif
