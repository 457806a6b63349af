/* error.h - outcomes of calls that a caller has to expect.
 * Layer: raftcore. docs/raftcore-spec.md §4.1, §7.1.
 *
 * A broken invariant, by a bug or by misuse, is no error: see fatal.h. */
#ifndef RAFTCORE_ERROR_H
#define RAFTCORE_ERROR_H

/* X(name, text): the texts are etcd's where it has such an error. */
#define RC_ERRORS(X)                                                           \
    X(RC_OK, "ok")                                                             \
    /* of storages */                                                          \
    X(RC_COMPACTED, "requested index is unavailable due to compaction")        \
    X(RC_UNAVAILABLE, "requested entry at index is unavailable")               \
    X(RC_SNAP_OUT_OF_DATE,                                                     \
      "requested index is older than the existing snapshot")                   \
    X(RC_SNAP_LATER, "snapshot is temporarily unavailable")                    \
    /* of nodes */                                                             \
    X(RC_PROPOSAL_DROPPED, "raft proposal dropped")                            \
    X(RC_CHANGE_REFUSED, "raft: configuration change refused")                 \
    X(RC_STEP_LOCAL, "raft: cannot step raft local message")                   \
    X(RC_STEP_PEER_NOT_FOUND, "raft: cannot step as peer not found")           \
    X(RC_STOPPED, "raft: stopped")                                             \
    X(RC_CANCELLED, "raft: time limit exceeded")                               \
    X(RC_NO_PEERS, "must provide at least one peer to Bootstrap")              \
    X(RC_NOT_EMPTY, "can't bootstrap a nonempty Storage")                      \
    /* of input that no correct peer sends, and of the machine */              \
    X(RC_MALFORMED, "raft: malformed message")                                 \
    X(RC_NO_MEMORY, "raft: out of memory")

enum rc_error {
#define RC_ERROR_ENUM(name, text) name,
    RC_ERRORS(RC_ERROR_ENUM)
#undef RC_ERROR_ENUM
};

/* The text of an error; never NULL, never to be freed. */
const char *rc_error_text(enum rc_error error);

#endif
