/* print_table.h - tables of results.
 * Layer: tester/cli. */
#ifndef TESTER_CLI_PRINT_TABLE_H
#define TESTER_CLI_PRINT_TABLE_H

#include "tester/cli/print.h"

/* The columns. On a narrow terminal a table has fewer, so that lines do not
 * wrap. */
struct table {
    const struct look *look;
    int name_width, seed_width;
    bool narrow;
    bool ops; /* some tests have clerks, whose calls are counted */
};
struct table table_for(const struct look *look, const struct results *results);

/* One line for each run (one seed). */
void table_run_heading(const struct table *table);
void table_run(const struct table *table, const struct lab_test *test,
               const struct outcome *outcome);

/* One line for each test (many seeds), then the first ten failing seeds.
 * points: show the column of points (grade). */
void table_test_heading(const struct table *table, bool points);
void table_test(const struct table *table, const struct results *results,
                const struct tally *result, bool points);

#endif
