/* saved_sizes.h - how much the servers of a test have saved.
 * Layer: tester/harness. Call it on fibers of the tester. */
#ifndef TESTER_HARNESS_SAVED_SIZES_H
#define TESTER_HARNESS_SAVED_SIZES_H

#include "tester/harness/test_thread.h"

/* Persisted state stays below this where the harness takes snapshots: about 90
 * entries of 16 bytes, which corresponds to the 2000 bytes of the Go labs. */
#define LOG_BYTES_LIMIT 2000

/* The largest saved state, and the largest saved snapshot, of all servers. */
size_t log_bytes(const struct cluster *c);
size_t snapshot_bytes(const struct cluster *c);

/* With a service: the saved Raft state of every server is at most eight times
 * the test's max_raft_state. If that is 0, no server has saved a snapshot. */
#define check_sizes(c) cluster_check_sizes(HERE(c))
void cluster_check_sizes(struct cluster *c);

#endif
