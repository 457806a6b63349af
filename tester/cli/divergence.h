/* divergence.h - finds the event where two runs of a seed diverge.
 * Layer: tester/cli. For --verify. */
#ifndef TESTER_CLI_DIVERGENCE_H
#define TESTER_CLI_DIVERGENCE_H

#include "tester/run/runner.h"

/* Run a job twice more, in a child of this process and by `fresh` (with its
 * context), with traces of every step. Write what differs first to text, so
 * that it continues a sentence; unchanged if the traces cannot be written. */
void divergence_find(const struct runner_job *job, runner_child fresh,
                     void *context, char *text, size_t room);

#endif
