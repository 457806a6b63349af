/* error.h - what a core answers when it cannot do as asked.
 * Layer: raftcore. Specification, sections 4.1 and 7.1. */
#ifndef RAFTCORE_ERROR_H
#define RAFTCORE_ERROR_H

/* X(name, text): the texts are etcd's where it has such an error. */
#define CORE_ERRORS(X)                                                         \
    X(CORE_OK, "ok")                                                           \
    /* of storages */                                                          \
    X(CORE_COMPACTED, "requested index is unavailable due to compaction")      \
    X(CORE_UNAVAILABLE, "requested entry at index is unavailable")             \
    X(CORE_SNAP_OUT_OF_DATE,                                                   \
      "requested index is older than the existing snapshot")                   \
    X(CORE_SNAP_LATER, "snapshot is temporarily unavailable")                  \
    /* of nodes */                                                             \
    X(CORE_PROPOSAL_DROPPED, "raft proposal dropped")                          \
    X(CORE_CHANGE_REFUSED, "raft: configuration change refused")               \
    X(CORE_STEP_LOCAL, "raft: cannot step raft local message")                 \
    X(CORE_STEP_STRANGER, "raft: cannot step as peer not found")               \
    X(CORE_STOPPED, "raft: stopped")                                           \
    X(CORE_CANCELLED, "raft: the caller's time is over")                       \
    X(CORE_NO_PEERS, "must provide at least one peer to Bootstrap")            \
    X(CORE_NOT_EMPTY, "can't bootstrap a nonempty Storage")                    \
    /* of input that no core sends, and of the machine */                      \
    X(CORE_MALFORMED, "raft: malformed message")                               \
    X(CORE_NO_MEMORY, "raft: out of memory")

enum core_error {
#define CORE_ERROR_ENUM(name, text) name,
    CORE_ERRORS(CORE_ERROR_ENUM)
#undef CORE_ERROR_ENUM
};

const char *core_error_text(enum core_error error);

#endif
