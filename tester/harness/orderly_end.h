/* orderly_end.h - ends the servers after the body of a test.
 * Layer: tester/harness, internal. */
#ifndef TESTER_HARNESS_ORDERLY_END_H
#define TESTER_HARNESS_ORDERLY_END_H

#include "tester/harness/lab.h"

/* Cut all servers off, call raft_kill() (or what the service has for it) on
 * those that run, and wait up to 20 s for their threads to end. What is left
 * then becomes a note of the verdict. On a fiber of the tester. */
void lab_orderly_end(struct lab *lab);

#endif
