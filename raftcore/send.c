/* send.c - messages get their sender and term, and wait in one of two queues.
 * Layer: raftcore. Specification, section 5.4. */

#include "raftcore/core.h"
#include "raftcore/fatal.h"

static bool is_vote_message(enum rc_message_type type)
{
    return type == RC_MSG_VOTE || type == RC_MSG_VOTE_RESP ||
           type == RC_MSG_PRE_VOTE || type == RC_MSG_PRE_VOTE_RESP;
}

/* Votes name a term that need not be the sender's; all else is said in the
 * sender's, but for what is passed on to the leader, which is of none. */
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

/* These promise something: an entry or a vote that must be saved before. */
static bool is_promise(enum rc_message_type type)
{
    return type == RC_MSG_APP_RESP || type == RC_MSG_VOTE_RESP ||
           type == RC_MSG_PRE_VOTE_RESP;
}

void core_send(struct core *core, struct rc_message *m)
{
    if (m->from == RC_NO_NODE) {
        m->from = core->config.id;
    }
    set_term(core, m);
    core_trace(core, RC_TRACE_SEND, m);
    if (is_promise(m->type)) {
        rc_messages_append(&core->msgs_after_append, m);
        return;
    }
    if (m->to == core->config.id) {
        rc_fatal("message should not be self-addressed when sending %s",
                 rc_message_type_name(m->type));
    }
    rc_messages_append(&core->msgs, m);
}
