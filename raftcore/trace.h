/* trace.h - what a core does, step by step, for model checkers.
 * Layer: raftcore. Specification, section 2.2 (TraceLogger).
 *
 * A hook is told of each event when it has happened, on the core's thread; it
 * must not call the core. Events of one core come in their order; to put those
 * of several in one order, the hook counts. */
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
    X(RC_TRACE_REPLICATE, "Replicate") /* a leader takes entries */            \
    X(RC_TRACE_COMMIT, "Commit")       /* a leader's commit index moves */     \
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

/* What is true after the event. */
struct rc_trace_record {
    enum rc_trace_event event;
    uint64_t id;
    struct rc_hard_state hard_state;
    struct rc_soft_state soft_state;
    uint64_t last_index;
    const struct rc_message *message; /* sent, received; else NULL */
};

struct rc_tracer {
    void *self;
    void (*trace)(void *self, const struct rc_trace_record *record);
};

#endif
