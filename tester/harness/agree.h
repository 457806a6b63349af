/* agree.h - steps of a test that submit commands and wait for agreement.
 * Layer: tester/harness; includes raftapi. Part of what cluster.h offers. The
 * limits of time are those of docs/labs.md §3.3. */
#ifndef TESTER_HARNESS_AGREE_H
#define TESTER_HARNESS_AGREE_H

#include "raftapi/raftapi.h"
#include "tester/harness/command.h"
#include "tester/harness/test_thread.h"

#define ALL_SERVERS (-1)       /* as many as the cluster has */
#define ANY_TERM    UINT64_MAX /* wait_commit(): terms may change */

enum retry { NO_RETRY, RETRY };

/* Submit a command to whichever server leads, and wait until `expected`
 * servers have applied it. Return its index. With RETRY submit it again if it
 * has not been applied within 2 s, for 10 s in all. Fails if time runs out. */
#define agree(c, value, expected, retry)                                       \
    cluster_agree(HERE(c), (struct command){(value), COMMAND_BYTES},           \
                  (expected), (retry))
/* The same with a longer command. */
#define agree_sized(c, value, bytes, expected, retry)                          \
    cluster_agree(HERE(c), (struct command){(value), (bytes)}, (expected),     \
                  (retry))
uint64_t cluster_agree(struct cluster *c, struct command command, int expected,
                       enum retry retry);

/* Submit a command to one server. A crashed one is no leader. */
#define submit(c, server, value) cluster_submit(HERE(c), (server), (value))
struct raft_start cluster_submit(struct cluster *c, int server, uint64_t value);

/* The number of servers that have applied an index. */
#define committed(c, index) cluster_committed(HERE(c), (index))
int cluster_committed(struct cluster *c, uint64_t index);

/* The value at an index that at least one server has applied. */
#define committed_value(c, index) cluster_committed_value(HERE(c), (index))
uint64_t cluster_committed_value(struct cluster *c, uint64_t index);

/* Wait until `expected` servers have applied an index, and store its value
 * (value may be NULL). Return false as soon as a server is in a term above
 * `term`. Fails after about 30 s. */
#define wait_commit(c, index, expected, term, value)                           \
    cluster_wait_commit(HERE(c), (index), (expected), (term), (value))
bool cluster_wait_commit(struct cluster *c, uint64_t index, int expected,
                         uint64_t term, uint64_t *value);

#endif
