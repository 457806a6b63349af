/* ready.h - what a node has to do for its core.
 * Layer: raftcore. Specification, section 6. */
#ifndef RAFTCORE_READY_H
#define RAFTCORE_READY_H

#include "raftcore/message.h"

/* A read may be answered once the entry with this index is applied. */
struct read_state {
    uint64_t index;
    struct payload *context; /* as it was asked with */
};

struct read_states {
    struct read_state *at;
    size_t count, room;
};
void read_states_append(struct read_states *states, uint64_t index,
                        struct payload *context); /* shares it */
void read_states_clear(struct read_states *states);
void read_states_release(struct read_states *states);

/* In this order, unless writes are asynchronous:
 *  1. save the snapshot, the entries and the hard state; if must_sync, they
 *     are durable before the next step;
 *  2. send the messages (a leader may do so before it saves);
 *  3. apply the snapshot, then the committed entries, and tell the core of
 *     each change of the configuration by rawnode_apply_conf_change();
 *  4. rawnode_advance().
 * With asynchronous writes the messages say what to save and to apply, and
 * there is no rawnode_advance().
 *
 * It holds all that it shows: to keep some of it, share it. Used again and
 * again, it keeps its memory. */
struct ready {
    bool has_soft_state; /* it has changed */
    struct soft_state soft_state;
    struct hard_state hard_state; /* empty: has not changed */
    struct read_states read_states;
    struct entries entries;
    struct snapshot *snapshot; /* NULL: none */
    struct entries committed_entries;
    struct messages messages;
    bool must_sync;
};

/* For the next use, and for good. */
void core_ready_clear(struct ready *ready);
void core_ready_release(struct ready *ready);

#endif
