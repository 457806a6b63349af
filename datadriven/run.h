/* run.h - runs a scenario file: compares its output, or rewrites it.
 * Layer: datadriven. One thread: the fatal hook of raftcore is taken.
 * docs/raftcore-spec.md §9. */
#ifndef DATADRIVEN_RUN_H
#define DATADRIVEN_RUN_H

#include "datadriven/environment.h"

struct file_run {
    /* In. */
    const char *name; /* of the file: its folder, or else its first command,
                       * selects the environment */
    const char *text; /* of the file; zero-terminated; borrowed */
    size_t size;
    bool rewrite;

    /* Out. file_run_release() frees the texts. */
    size_t directives, mismatches;
    int line;               /* of the error */
    struct rc_text error;   /* why the file could not be run to its end */
    struct rc_text diffs;   /* expected and actual output */
    struct rc_text written; /* with rewrite: the file with its actual output */
};

/* Run all directives. False: the file cannot be parsed or is of no known kind;
 * error says why. */
bool file_run(struct file_run *run);
void file_run_release(struct file_run *run);

#endif
