/* lab_calls.c - calls between servers carry the messages of their cores.
 * Layer: hosts. */
#include "hosts/lab_core.h"
#include "raftcore/wire.h"

RPCS(&rpc_Step);

/* ---- Packing -------------------------------------------------------------*/

static struct packed_message *pack_all(const struct rc_messages *messages)
{
    struct packed_message *packed =
        lab_xcalloc(messages->count + 1, sizeof(*packed));
    for (size_t i = 0; i < messages->count; i++) {
        packed[i].bytes = from_core(rc_wire_encode_message(&messages->at[i]));
    }
    return packed;
}

static void step_all(struct raft *rf, const struct packed_message *packed,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rc_message m;
        enum rc_error error =
            rc_wire_decode_message(to_core(packed[i].bytes), &m);
        LAB_ASSERT(error == RC_OK);
        error = rc_rawnode_step(rf->node, &m);
        LAB_ASSERT(error != RC_MALFORMED);
        rc_message_release(&m);
    }
}

/* ---- Incoming calls ------------------------------------------------------*/

void on_Step(struct raft *rf, const struct step_args *args,
             struct step_reply *reply)
{
    struct rc_messages responses = {NULL, 0, 0};
    crew_enter(&rf->crew);
    step_all(rf, args->messages, args->messages_count);
    drive(rf, args->from, &responses);
    crew_leave(&rf->crew);
    reply->messages = pack_all(&responses);
    reply->messages_count = responses.count;
    rc_messages_release(&responses);
}

/* ---- Outgoing calls ------------------------------------------------------*/

/* Tell the core what became of its messages. It sends entries without waiting
 * for responses, and has to probe if some may be lost. After a snapshot it
 * sends nothing until the end is reported: the response alone may not do, as
 * the log may begin behind that snapshot by then, and the next one is needed.
 */
static void report_outcome(struct raft *rf, const struct peer_link *peer,
                           const struct rc_messages *sent, bool arrived)
{
    uint64_t id = (uint64_t)peer->id + 1;
    for (size_t i = 0; i < sent->count; i++) {
        if (sent->at[i].type == RC_MSG_SNAP) {
            rc_rawnode_report_snapshot(rf->node, id, arrived);
        } else if (sent->at[i].type == RC_MSG_APP && !arrived) {
            rc_rawnode_report_unreachable(rf->node, id);
        }
    }
}

/* Make one call with all messages that wait. Gives up the lock meanwhile. */
static void call(struct raft *rf, struct peer_link *peer)
{
    struct rc_messages messages = peer->queue;
    struct step_args args = {.from = rf->me};
    struct step_reply reply = {0};
    peer->queue = (struct rc_messages){NULL, 0, 0};
    peer->sent_ns = crew_now_ns();
    peer->waiting = true;
    peer->calls++;
    pthread_mutex_unlock(&rf->crew.mu);
    args.messages = pack_all(&messages);
    args.messages_count = messages.count;
    bool answered = call_Step(peer->end, &args, &reply);
    FREE(step_args, &args);
    pthread_mutex_lock(&rf->crew.mu);
    peer->calls--;
    if (answered) {
        /* After a loss the next call waits for HEARTBEAT_MS: a peer that cannot
         * be reached is not called in a loop. */
        peer->waiting = false;
        step_all(rf, reply.messages, reply.messages_count);
    }
    report_outcome(rf, peer, &messages, answered);
    rc_messages_release(&messages);
    FREE(step_reply, &reply);
    drive(rf, -1, NULL);
}

void *peer_thread(void *argument)
{
    struct peer_link *peer = argument;
    struct raft *rf = peer->rf;
    pthread_mutex_lock(&rf->crew.mu);
    peer->starting = false;
    while (peer_is_due(peer) && !rf->crew.ended) {
        call(rf, peer);
    }
    crew_quit(&rf->crew);
    return NULL;
}
