/* cluster.h - the steps of which the body of a lab test consists.
 * Layer: tester/harness; includes base and raftapi.
 *
 * A body gets a handle on a cluster whose servers all run and are connected:
 *
 *     LAB_TEST(TestX2A, "what it shows", .part = "2A", .servers = 3, ...)
 *     {
 *         int leader = check_one_leader(c);
 *         disconnect(c, leader);
 *         agree(c, 101, 2, RETRY);
 *     }
 *
 * Each step either does what it says or fails the test, naming file and line of
 * the step. Arithmetic on server numbers is up to the body (% n). */
#ifndef TESTER_HARNESS_CLUSTER_H
#define TESTER_HARNESS_CLUSTER_H

#include "tester/harness/agree.h"       /* commands: agree, submit, ... */
#include "tester/harness/leader.h"      /* check_one_leader, check_terms, ... */
#include "tester/harness/saved_sizes.h" /* log_bytes, ... */
#include "tester/harness/servers.h"     /* crash, restart, disconnect, ... */
#include "tester/harness/test_thread.h" /* REQUIRE, sleep_ms, spawn, ... */

/* Long enough for an election. The tests wait in multiples of it; the Rafts
 * under test do not know it. */
#define RAFT_ELECTION_TIMEOUT_MS 1000

#endif
