/* read_index.c - linearizable reads without a log entry.
 * Layer: raftcore. Paper §8, thesis §6.4; docs/raftcore-spec.md §5.16; etcd:
 * sendMsgReadIndexResponse, releasePendingReadIndexMessages.
 *
 * A read may be served from a state that has applied the read's index: the
 * commit index of the time when the leader received it, if it was still
 * the leader then. A leader proves that by a round of heartbeats that begins
 * after the read arrived; a lease assumes it. */
#include "base/assert.h"
#include "raftcore/core.h"

/* Paper §8: a leader has all committed entries, but knows which they are only
 * when one of its own term is committed (paper §5.4.2). Until then its commit
 * index may be lower than that of the leader before it. */
bool core_committed_in_term(const struct core *core)
{
    uint64_t term;
    return raftlog_term(&core->log, core->log.committed, &term) == RC_OK &&
           term == core->term;
}

/* To the application of this node, or to the follower that forwarded it. */
static void respond(struct core *core, const struct rc_message *request,
                    uint64_t index)
{
    LAB_ASSERT(request->entries.count == 1);
    LAB_ASSERT(index <= core->log.committed);
    if (request->from == RC_NO_NODE || request->from == core->config.id) {
        rc_read_states_append(&core->read_states, index,
                              request->entries.at[0].data);
        return;
    }
    core_send(core, &(struct rc_message){
                        .type = RC_MSG_READ_INDEX_RESP,
                        .to = request->from,
                        .index = index,
                        .entries = rc_entries_share(&request->entries, 0,
                                                    request->entries.count),
                    });
}

/* Only then its own word is a quorum's. A leader that was removed may see one
 * voter as well, but that is another node. */
static bool is_only_voter(const struct core *core)
{
    return rc_tracker_is_singleton(&core->tracker) &&
           rc_ids_has(&core->tracker.config.voters.incoming, core->config.id);
}

static void serve(struct core *core, const struct rc_message *m)
{
    LAB_ASSERT(core->state == RC_LEADER);
    if (core->config.read_only_option == RC_READ_ONLY_LEASE_BASED ||
        is_only_voter(core)) {
        respond(core, m, core->log.committed);
        return;
    }
    /* Heartbeats carry the sequence number of the newest read. Whoever responds
     * with it still followed after all reads up to it had arrived. */
    read_queue_add(&core->read_queue, m, core->log.committed);
    read_queue_ack(&core->read_queue, core->config.id,
                   read_queue_newest(&core->read_queue));
    core_bcast_heartbeat(core);
}

void core_on_read_index(struct core *core, const struct rc_message *m)
{
    /* DEVIATION: etcd responds at once if there is one voter. But after a
     * restart that voter may know a lower commit index than it had, as a commit
     * index need not be durable; and it need not be this leader, which may have
     * been removed and deposed. Both reads would be stale. */
    if (core_committed_in_term(core)) {
        serve(core, m);
    } else {
        struct rc_message copy = rc_message_share(m);
        rc_messages_append(&core->pending_reads, &copy);
    }
}

void core_release_pending_reads(struct core *core)
{
    if (core->pending_reads.count == 0) {
        return;
    }
    if (!core_committed_in_term(core)) {
        rc_log(core->config.logger, RC_LOG_ERROR,
               "pending MsgReadIndex should be released only after first "
               "commit in current term");
        return;
    }
    LAB_ASSERT(core->state == RC_LEADER);
    /* Taken out first: serving one may bring more. */
    struct rc_messages pending = core->pending_reads;
    core->pending_reads = (struct rc_messages){NULL, 0, 0};
    for (size_t i = 0; i < pending.count; i++) {
        serve(core, &pending.at[i]);
    }
    rc_messages_release(&pending);
}

void core_on_read_ack(struct core *core, const struct rc_message *m)
{
    struct read_queue *queue = &core->read_queue;
    uint64_t sequence = read_token_decode(m->context);
    LAB_ASSERT(core->state == RC_LEADER);
    /* A token that this leader has not sent yet, from a forged message or from
     * an earlier term of its own, confirms nothing. */
    if (core->config.read_only_option != RC_READ_ONLY_SAFE || sequence == 0 ||
        sequence > queue->confirmed + queue->count) {
        return;
    }
    read_queue_ack(queue, m->from, sequence);
    size_t count = read_queue_confirmed(queue, &core->tracker.config.voters);
    for (size_t i = 0; i < count; i++) {
        respond(core, &queue->waiting[i].request, queue->waiting[i].index);
    }
    read_queue_drop_front(queue, count);
}
