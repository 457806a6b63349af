/* rc_world_state.h - randomized clusters: state of the cluster and of its
 * checks.
 * Layer: tests. */
#ifndef TESTS_SUPPORT_RC_WORLD_STATE_H
#define TESTS_SUPPORT_RC_WORLD_STATE_H

#include "base/assert.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "tests/support/rc_world.h"

enum { CITIZENS_MAX = 7, READS_MAX = 64 };

struct citizen {
    uint64_t id;
    bool async, handed_out;
    struct rc_rawnode *node;
    struct rc_memory_storage *ms;
    struct rc_ready ready;
    struct rc_messages append_work, apply_work, own;

    /* Its application: how far, and a hash of all that it has applied. */
    uint64_t applied, chain;
    struct rc_conf_state conf_state; /* there; the core may be ahead of it */

    /* As they were: they never go back, but the commit index at a crash. */
    uint64_t term, commit;
    bool was_leader;
};

/* The entry committed at an index, as the first node committed it; and the hash
 * of all entries up to it, once it was applied. */
struct fact {
    uint64_t term, chain;
    bool is_applied;
};

struct read {
    uint64_t number; /* 0: free */
    uint64_t asker;
    uint64_t top; /* what was committed when it was asked */
};

struct world {
    uint64_t key, draws;
    struct citizen citizens[CITIZENS_MAX];
    uint64_t count;
    struct rc_messages in_flight;
    uint64_t side; /* bit i: on which side of the cut i is */
    uint64_t loss; /* percent */
    bool small, check_quorum, pre_vote, step_down, epochs;
    bool quiet; /* no messages are lost, no node crashes */
    uint64_t proposals, reads_asked;

    struct fact *committed; /* by index */
    uint64_t top, committed_room;
    uint64_t *leaders; /* by term; 0: none yet */
    uint64_t leaders_room;
    struct read reads[READS_MAX];

    struct world_result result;
};

void world_broken(struct world *world, const char *what);

/* After each step, of each node. */
void world_check(struct world *world, struct citizen *citizen);

void world_applied(struct world *world, struct citizen *citizen,
                   const struct rc_entry *entry);
void world_restored(struct world *world, struct citizen *citizen,
                    const struct rc_snapshot *snapshot);

/* The data of a snapshot is the hash of the entries that it replaces. */
struct rc_payload *world_snapshot_data(const struct citizen *citizen);
uint64_t world_chain_of(const struct rc_snapshot *snapshot);

/* Reads: requested, served, forgotten in a crash. */
void world_ask(struct world *world, struct citizen *citizen, uint64_t twice);
void world_read(struct world *world, const struct rc_read_state *state);
void world_forget_reads(struct world *world, const struct citizen *citizen);

#endif
