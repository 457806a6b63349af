/* run.h - a data-driven file is run, compared, and written again.
 * Layer: datadriven. Specification of raftcore, section 9. */
#ifndef DATADRIVEN_RUN_H
#define DATADRIVEN_RUN_H

#include "datadriven/environment.h"

struct file_run {
    /* In. */
    const char *name; /* of the file: its folder says what it is, else its
                       * directives do */
    const char *text; /* of the whole file; zero-terminated; borrowed */
    size_t size;
    bool rewrite;

    /* Out. The caller releases the texts. */
    size_t directives, mismatches;
    int line;               /* where it could not go on */
    struct rc_text error;   /* why not; nothing if it could */
    struct rc_text diffs;   /* what was expected, and what came */
    struct rc_text written; /* rewrite: the file with what came */
};

/* False: the file cannot be read or is of no known kind; error says why. */
bool file_run(struct file_run *run);
void file_run_release(struct file_run *run);

#endif
