/* print_failure.h - the text about a failed run.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_PRINT_FAILURE_H
#define TESTER_CLI_PRINT_FAILURE_H

#include "tester/cli/print.h"

/* How much to print. */
enum detail {
    DETAIL_SENTENCE,   /* rule, sentence, place */
    DETAIL_STATE,      /* also the state of each server and thread */
    DETAIL_OUTPUT_END, /* also the last lines of what the code printed */
    DETAIL_OUTPUT,     /* also all of what is kept of it */
};

/* Print what is known of a failed run, and the command that repeats it.
 * heading: test, seed and verdict, if the line before does not name them. */
void print_failure(const struct look *look, const struct options *options,
                   const struct lab_test *test, const struct outcome *outcome,
                   enum detail detail, bool heading);

/* Print advice (verdict.h): what breaks no rule but is hardly intended. */
void print_advice(const char *text);

#endif
