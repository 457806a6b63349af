/* ready.h - what a node has to do for its core.
 * Layer: raftcore. Specification, section 6. */
#ifndef RAFTCORE_READY_H
#define RAFTCORE_READY_H

#include "raftcore/message.h"

/* A read may be answered once the entry with this index is applied. */
struct rc_read_state {
    uint64_t index;
    struct rc_payload *context; /* as it was asked with */
};

struct rc_read_states {
    struct rc_read_state *at;
    size_t count, room;
};
void rc_read_states_append(struct rc_read_states *states, uint64_t index,
                           struct rc_payload *context); /* shares it */
void rc_read_states_clear(struct rc_read_states *states);
void rc_read_states_release(struct rc_read_states *states);

/* In this order, unless writes are asynchronous:
 *  1. save the snapshot, the entries and the hard state; if must_sync, they
 *     are durable before the next step;
 *  2. send the messages (a leader may do so before it saves);
 *  3. apply the snapshot, then the committed entries, and tell the core of
 *     each change of the configuration by rc_rawnode_apply_conf_change();
 *  4. rc_rawnode_advance().
 * With asynchronous writes the messages say what to save and to apply, and
 * there is no rc_rawnode_advance().
 *
 * It holds all that it shows: to keep some of it, share it. Used again and
 * again, it keeps its memory. */
struct rc_ready {
    bool has_soft_state; /* it has changed */
    struct rc_soft_state soft_state;
    struct rc_hard_state hard_state; /* empty: has not changed */
    struct rc_read_states read_states;
    struct rc_entries entries;
    struct rc_snapshot *snapshot; /* NULL: none */
    struct rc_entries committed_entries;
    struct rc_messages messages;
    bool must_sync;
};

/* For the next use, and for good. */
void rc_ready_clear(struct rc_ready *ready);
void rc_ready_release(struct rc_ready *ready);

#endif
