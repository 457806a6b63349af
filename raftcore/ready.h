/* ready.h - the record of what an application has to do for its node.
 * Layer: raftcore. docs/raftcore-spec.md §6; etcd: Ready. */
#ifndef RAFTCORE_READY_H
#define RAFTCORE_READY_H

#include "raftcore/message.h"

/* A read may be served from a state that has applied the entry with this index.
 */
struct rc_read_state {
    uint64_t index;
    struct rc_payload *context; /* that of the read */
};

/* A list that owns its read states. */
struct rc_read_states {
    struct rc_read_state *at;
    size_t count, room;
};

/* Add one behind the others; shares the context. */
void rc_read_states_append(struct rc_read_states *states, uint64_t index,
                           struct rc_payload *context);

/* Remove all; keep the memory of the list, or free that, too. */
void rc_read_states_clear(struct rc_read_states *states);
void rc_read_states_release(struct rc_read_states *states);

/* The duties in their order (raftcore.h has the reasons and the exceptions):
 *
 *  1. write snapshot, entries and hard_state, durably if must_sync or if there
 *     is a snapshot;
 *  2. send messages;
 *  3. apply the snapshot, then committed_entries; changes of the configuration
 * by rc_rawnode_apply_conf_change();
 *  4. rc_rawnode_advance().
 *
 * With asynchronous writes messages to RC_APPEND_THREAD and RC_APPLY_THREAD
 * repeat what is to be written and applied, and there is no 4.
 *
 * All zero: empty. It holds references to what it shows; to keep some of that,
 * share it. One record can be used for all Readys, and keeps its memory. */
struct rc_ready {
    bool has_soft_state; /* leader or role changed */
    struct rc_soft_state soft_state;
    struct rc_hard_state hard_state; /* empty: unchanged */
    struct rc_read_states read_states;
    struct rc_entries entries;    /* to be written */
    struct rc_snapshot *snapshot; /* to be written and applied; NULL: none */
    struct rc_entries committed_entries; /* to be applied */
    struct rc_messages messages;         /* to be sent after the write */
    bool must_sync; /* entries, or a new term or vote: a crash must not undo */
};

/* Drop all references; keep the memory of the lists, or free that, too. */
void rc_ready_clear(struct rc_ready *ready);
void rc_ready_release(struct rc_ready *ready);

#endif
