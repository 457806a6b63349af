/* applier.h - the tester's own service above a Raft: takes what is applied.
 * Layer: tester/harness, internal. */
#ifndef TESTER_HARNESS_APPLIER_H
#define TESTER_HARNESS_APPLIER_H

#include "tester/harness/lab.h"

/* Start a fiber that takes messages from the server's apply channel until the
 * channel is closed, shows them to the oracle, and takes snapshots if the test
 * has them. It frees the channel in the end. */
void applier_start(struct lab *lab, struct server *server);

#endif
