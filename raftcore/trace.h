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
#define TRACE_EVENTS(X)                                                        \
    X(TRACE_INIT_STATE, "InitState")                                           \
    X(TRACE_BECOME_FOLLOWER, "BecomeFollower")                                 \
    X(TRACE_BECOME_PRE_CANDIDATE, "BecomePreCandidate")                        \
    X(TRACE_BECOME_CANDIDATE, "BecomeCandidate")                               \
    X(TRACE_BECOME_LEADER, "BecomeLeader")                                     \
    X(TRACE_REPLICATE, "Replicate") /* a leader takes entries */               \
    X(TRACE_COMMIT, "Commit")       /* a leader's commit index moves */        \
    X(TRACE_APPLY_CONF_CHANGE, "ApplyConfChange")                              \
    X(TRACE_READY, "Ready")                                                    \
    X(TRACE_SEND, "Send")                                                      \
    X(TRACE_RECEIVE, "Receive")

enum trace_event {
#define TRACE_ENUM(name, text) name,
    TRACE_EVENTS(TRACE_ENUM)
#undef TRACE_ENUM
};
const char *trace_event_name(enum trace_event event);

/* What is true after the event. */
struct trace_record {
    enum trace_event event;
    uint64_t id;
    struct hard_state hard_state;
    struct soft_state soft_state;
    uint64_t last_index;
    const struct message *message; /* sent, received; else NULL */
};

struct core_tracer {
    void *self;
    void (*trace)(void *self, const struct trace_record *record);
};

#endif
