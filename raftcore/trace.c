/* trace.c - the events of a node, for model checkers.
 * Layer: raftcore. docs/raftcore-spec.md §2.2; etcd's state_trace.go. */
#include "base/assert.h"
#include "raftcore/core.h"

const char *rc_trace_event_name(enum rc_trace_event event)
{
    static const char *const names[] = {
#define TRACE_NAME(name, text) text,
        RC_TRACE_EVENTS(TRACE_NAME)
#undef TRACE_NAME
    };
    LAB_ASSERT((unsigned)event < sizeof(names) / sizeof(names[0]));
    return names[event];
}

void core_trace_event(const struct core *core, enum rc_trace_event event,
                      const struct rc_message *m)
{
    const struct rc_tracer *tracer = core->config.tracer;
    LAB_ASSERT(tracer);
    struct rc_trace_record record = {
        .event = event,
        .id = core->config.id,
        .hard_state = core_hard_state(core),
        .soft_state = core_soft_state(core),
        .last_index = raftlog_last_index(&core->log),
        .message = m,
    };
    tracer->trace(tracer->self, &record);
}
