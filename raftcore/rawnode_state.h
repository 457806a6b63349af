/* rawnode_state.h - what a node remembers beside its core.
 * Layer: raftcore; inner. */
#ifndef RAFTCORE_RAWNODE_STATE_H
#define RAFTCORE_RAWNODE_STATE_H

#include "raftcore/core.h"

struct rc_rawnode {
    struct core *core;

    /* As they were last handed out. */
    struct rc_soft_state soft_state;
    struct rc_hard_state hard_state;

    /* What the next rc_rawnode_advance() tells the core; not with asynchronous
     * writes: promises to itself, that the write is done, that the entries up
     * to an index are applied. */
    struct rc_messages promises;
    struct rc_message written;
    uint64_t applied; /* 0: nothing to tell */
    uint64_t applied_bytes, applied_payload;
    bool has_written;

    const char *why; /* what was wrong with the last malformed message */
};

#endif
