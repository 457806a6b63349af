/* trace.h - a hook for the events of a node, for model checkers.
 * Layer: raftcore. docs/raftcore-spec.md §2.2; etcd: TraceLogger.
 *
 * The hook runs after each event, on the thread that calls the node, and must
 * not call it. Events of one node are in order; to order those of several
 * nodes, the hook counts. */
#ifndef RAFTCORE_TRACE_H
#define RAFTCORE_TRACE_H

#include "raftcore/message.h"

/* X(name, text) */
#define RC_TRACE_EVENTS(X)                                                     \
    X(RC_TRACE_INIT_STATE, "InitState")                                        \
    X(RC_TRACE_BECOME_FOLLOWER, "BecomeFollower")                              \
    X(RC_TRACE_BECOME_PRE_CANDIDATE, "BecomePreCandidate")                     \
    X(RC_TRACE_BECOME_CANDIDATE, "BecomeCandidate")                            \
    X(RC_TRACE_BECOME_LEADER, "BecomeLeader")                                  \
    X(RC_TRACE_REPLICATE, "Replicate") /* a leader appended entries */         \
    X(RC_TRACE_COMMIT, "Commit")       /* a leader's commit index moved */     \
    X(RC_TRACE_APPLY_CONF_CHANGE, "ApplyConfChange")                           \
    X(RC_TRACE_READY, "Ready")                                                 \
    X(RC_TRACE_SEND, "Send")                                                   \
    X(RC_TRACE_RECEIVE, "Receive")

enum rc_trace_event {
#define RC_TRACE_ENUM(name, text) name,
    RC_TRACE_EVENTS(RC_TRACE_ENUM)
#undef RC_TRACE_ENUM
};
const char *rc_trace_event_name(enum rc_trace_event event);

/* The state after the event. */
struct rc_trace_record {
    enum rc_trace_event event;
    uint64_t id;
    struct rc_hard_state hard_state;
    struct rc_soft_state soft_state;
    uint64_t last_index;
    const struct rc_message *message; /* sent or received; else NULL */
};

struct rc_tracer {
    void *self;
    /* The record and its message are borrowed for the call. */
    void (*trace)(void *self, const struct rc_trace_record *record);
};

#endif
