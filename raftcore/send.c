/* send.c - sender and term of a message, and the queue that it waits in.
 * Layer: raftcore. docs/raftcore-spec.md §5.4; etcd: send. */
#include "base/assert.h"
#include "raftcore/core.h"
#include "raftcore/fatal.h"

static bool is_vote_message(enum rc_message_type type)
{
    return type == RC_MSG_VOTE || type == RC_MSG_VOTE_RESP ||
           type == RC_MSG_PRE_VOTE || type == RC_MSG_PRE_VOTE_RESP;
}

/* Vote messages carry an explicit term: a pre-vote is about the next one, and a
 * granted pre-vote repeats it. All others carry ours, except forwarded
 * proposals and reads, which carry none. */
static void set_term(const struct core *core, struct rc_message *m)
{
    if (is_vote_message(m->type)) {
        if (m->term == 0) {
            rc_fatal("term should be set when sending %s",
                     rc_message_type_name(m->type));
        }
        return;
    }
    if (m->term != 0) {
        rc_fatal("term should not be set when sending %s (was " D64 ")",
                 rc_message_type_name(m->type), m->term);
    }
    if (m->type != RC_MSG_PROP && m->type != RC_MSG_READ_INDEX) {
        m->term = core->term;
    }
}

/* An acknowledgement of entries or a vote, granted or not, relies on what this
 * node has to persist first: the entries, its vote, or its term. A rejection
 * waits as well: it tells others that this node is in its term. */
static bool must_be_persisted_first(enum rc_message_type type)
{
    return type == RC_MSG_APP_RESP || type == RC_MSG_VOTE_RESP ||
           type == RC_MSG_PRE_VOTE_RESP;
}

void core_send(struct core *core, struct rc_message *m)
{
    if (m->from == RC_NO_NODE) {
        m->from = core->config.id;
    }
    LAB_ASSERT(m->to != RC_NO_NODE);
    set_term(core, m);
    core_trace(core, RC_TRACE_SEND, m);
    if (must_be_persisted_first(m->type)) {
        /* May be self-directed: a leader acknowledges its own entries, and a
         * candidate votes for itself, by the same path as others do. */
        rc_messages_append(&core->msgs_after_append, m);
        return;
    }
    if (m->to == core->config.id) {
        rc_fatal("message should not be self-addressed when sending %s",
                 rc_message_type_name(m->type));
    }
    rc_messages_append(&core->msgs, m);
}
