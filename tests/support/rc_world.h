/* rc_world.h - randomized clusters of nodes, decided by a seed.
 * Layer: tests.
 *
 * Messages are lost, duplicated and reordered; links are cut; nodes crash
 * between any two of their duties and restart from what they had written;
 * members are added, removed, promoted and demoted; logs are compacted; leaders
 * hand over; some nodes write asynchronously. After each step these properties
 * are checked (paper, Figure 3), in time that does not grow with the log:
 *
 *   Election Safety       a term has at most one leader
 *   Leader Completeness   a leader has every entry that is committed
 *   State Machine Safety  no two nodes commit, apply or restore different
 *                         entries at an index
 *   and: a read sees all that was committed when it was requested.
 *
 * At the end faults stop; if all members know the configuration, they must make
 * progress. */
#ifndef TESTS_SUPPORT_RC_WORLD_H
#define TESTS_SUPPORT_RC_WORLD_H

#include <stdbool.h>
#include <stdint.h>

struct world_result {
    const char *broken; /* NULL: no property was violated */
    uint64_t step;      /* at which it was seen */
    bool came_to_rest;  /* its members agreed on the configuration and made
                           progress */
    uint64_t committed; /* entries, by anybody */
    uint64_t changes;   /* of the configuration, applied */
    uint64_t restored;  /* snapshots installed from others */
    uint64_t reads;     /* served */
    uint64_t leaders;   /* that there were */
    uint64_t hash;      /* of all that happened */
};

struct world_result world_run(uint64_t seed, uint64_t steps);

#endif
