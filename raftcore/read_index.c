/* read_index.c - reads that see everything that was committed before them.
 * Layer: raftcore. Paper: 8; thesis 6.4. Specification, section 5.16. */
#include "raftcore/core.h"

/* 8: a new leader knows what is committed once an entry of its term is. */
bool core_committed_in_term(const struct core *core)
{
    uint64_t term;
    return raftlog_term(&core->log, core->log.committed, &term) == RC_OK &&
           term == core->term;
}

static void answer(struct core *core, const struct rc_message *request,
                   uint64_t index)
{
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

/* A leader that was removed may see one voter as well, but that is another. */
static bool is_only_voter(const struct core *core)
{
    return rc_tracker_is_singleton(&core->tracker) &&
           rc_ids_has(&core->tracker.config.voters.incoming, core->config.id);
}

static void serve(struct core *core, const struct rc_message *m)
{
    if (core->config.read_only_option == RC_READ_ONLY_LEASE_BASED ||
        is_only_voter(core)) {
        answer(core, m, core->log.committed);
        return;
    }
    read_queue_add(&core->read_queue, m, core->log.committed);
    read_queue_ack(&core->read_queue, core->config.id,
                   read_queue_newest(&core->read_queue));
    core_bcast_heartbeat(core);
}

void core_on_read_index(struct core *core, const struct rc_message *m)
{
    /* DEVIATION: etcd's answers at once where there is one voter. But after a
     * restart that one may know of less than it had committed, as a commit
     * index need not be synced; and it need not be this leader, which may be
     * removed and deposed. Both reads would be stale. */
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
    struct rc_messages pending = core->pending_reads;
    core->pending_reads = (struct rc_messages){NULL, 0, 0};
    for (size_t i = 0; i < pending.count; i++) {
        serve(core, &pending.at[i]);
    }
    rc_messages_release(&pending);
}

void core_on_read_ack(struct core *core, const struct rc_message *m)
{
    struct read_queue *ro = &core->read_queue;
    uint64_t place = read_token_decode(m->context);
    /* A token that this leader has not given out yet confirms nothing. */
    if (core->config.read_only_option != RC_READ_ONLY_SAFE || place == 0 ||
        place > ro->confirmed + ro->count) {
        return;
    }
    read_queue_ack(ro, m->from, place);
    size_t count = read_queue_confirmed(ro, &core->tracker.config.voters);
    for (size_t i = 0; i < count; i++) {
        answer(core, &ro->waiting[i].request, ro->waiting[i].index);
    }
    read_queue_drop_front(ro, count);
}
