/* partition.h - partitions of the network, and crashes of all servers, as the
 * key/value tests make them.
 * Layer: tester/harness. Call it on fibers of the tester. */
#ifndef TESTER_HARNESS_PARTITION_H
#define TESTER_HARNESS_PARTITION_H

#include "tester/harness/test_thread.h"

/* Connect every server with every other. */
#define connect_all(c) cluster_connect_all(HERE(c))
void cluster_connect_all(struct cluster *c);

/* Divide the servers into two sides, side[i] true or false; only servers of one
 * side are connected with each other. Clerks are not affected. */
#define partition(c, side) cluster_partition(HERE(c), (side))
void cluster_partition(struct cluster *c, const bool *side);

/* The same; the leader, if there is one, goes to the smaller side (false).
 * Fills in side. */
#define partition_with_leader(c, side)                                         \
    cluster_partition_with_leader(HERE(c), (side))
void cluster_partition_with_leader(struct cluster *c, bool *side);

/* Crash all servers; start and connect all. */
#define shutdown_all(c) cluster_shutdown_all(HERE(c))
#define start_all(c)    cluster_start_all(HERE(c))
void cluster_shutdown_all(struct cluster *c);
void cluster_start_all(struct cluster *c);

#endif
