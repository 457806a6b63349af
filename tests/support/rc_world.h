/* rc_world.h - a cluster of cores in a hostile world, decided by a seed.
 * Layer: tests.
 *
 * Messages are lost, doubled and overtaken; links are cut; nodes crash between
 * any two of their duties and come back with what they had written; members
 * join, leave and learn; logs are compacted; leaders hand over; some nodes
 * write asynchronously. After each step the promises of Raft are checked
 * (paper, Figure 3), in time that does not grow with the log:
 *
 *   Election Safety       a term has one leader
 *   Leader Completeness   whoever becomes leader has what is committed
 *   State Machine Safety  nobody commits, applies or restores another entry
 *   and: a read sees all that was committed when it was asked for.
 *
 * When the world has become quiet and its members know who they are, all of
 * them make progress again. */
#ifndef TESTS_SUPPORT_RC_WORLD_H
#define TESTS_SUPPORT_RC_WORLD_H

#include <stdbool.h>
#include <stdint.h>

struct world_result {
    const char *broken; /* NULL: every promise was kept */
    uint64_t step;      /* at which it was seen */
    bool came_to_rest;  /* its members agreed on who they are, and went on */
    uint64_t committed; /* entries, by anybody */
    uint64_t changes;   /* of the configuration, applied */
    uint64_t restored;  /* snapshots that came from others */
    uint64_t reads;     /* answered */
    uint64_t leaders;   /* that there were */
    uint64_t hash;      /* of all that happened */
};

struct world_result world_run(uint64_t seed, uint64_t steps);

#endif
