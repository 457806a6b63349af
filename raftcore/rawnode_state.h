/* rawnode_state.h - what a node keeps beside its core.
 * Layer: raftcore; inner. docs/raftcore-spec.md §6.2. */
#ifndef RAFTCORE_RAWNODE_STATE_H
#define RAFTCORE_RAWNODE_STATE_H

#include "raftcore/core.h"

struct rc_rawnode {
    struct core *core;

    /* As they were last handed out. */
    struct rc_soft_state soft_state;
    struct rc_hard_state hard_state;

    /* What rc_rawnode_advance() steps, in this order: self-directed responses
     * that had to be persisted first; the acknowledgement of the write, if
     * has_append_response; that the entries up to applied are applied, unless
     * it is 0. Unused with asynchronous writes. */
    struct rc_messages self_responses;
    struct rc_message append_response;
    bool has_append_response;
    uint64_t applied;
    uint64_t applied_bytes, applied_payload; /* on the wire; of the data */

    const char *why; /* what was wrong with the last malformed message */
};

#endif
