/* lab_peers.c - messages travel in calls.
 * Layer: hosts.
 *
 * While a call to a peer is on its way what comes up in the meantime waits, and
 * goes out together with the next; but after HEARTBEAT_MS the next is made
 * beside it. So a server is never silent for longer, however its calls hang,
 * and a burst of proposals does not become a burst of calls. */
#include <stdlib.h>

#include "hosts/lab_core.h"
#include "raftcore/wire.h"

void peers_init(struct raft *rf, struct labrpc_end *const *ends)
{
    rf->peers = lab_xcalloc((size_t)rf->count, sizeof(*rf->peers));
    for (int i = 0; i < rf->count; i++) {
        rf->peers[i].rf = rf;
        rf->peers[i].id = i;
        rf->peers[i].end = ends[i];
    }
}

void peers_release(struct raft *rf)
{
    for (int i = 0; i < rf->count; i++) {
        rc_messages_release(&rf->peers[i].queue);
    }
    free(rf->peers);
}

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

/* ---- Calls that arrive ---------------------------------------------------*/

void on_Step(struct raft *rf, const struct step_args *args,
             struct step_reply *reply)
{
    struct rc_messages answers = {NULL, 0, 0};
    crew_enter(&rf->crew);
    step_all(rf, args->messages, args->messages_count);
    drive(rf, args->from, &answers);
    crew_leave(&rf->crew);
    reply->messages = pack_all(&answers);
    reply->messages_count = answers.count;
    rc_messages_release(&answers);
}

/* ---- Calls that are made -------------------------------------------------*/

void peers_queue(struct raft *rf, struct rc_message m)
{
    LAB_ASSERT(m.to >= 1);
    LAB_ASSERT(m.to <= (uint64_t)rf->count);
    rc_messages_append(&rf->peers[m.to - 1].queue, &m);
}

static bool is_due(const struct peer_link *peer)
{
    return peer->queue.count > 0 && peer->calls < CALLS_MAX &&
           (!peer->waiting ||
            crew_now_ns() >= peer->sent_ns + HEARTBEAT_MS * NS_PER_MS);
}

/* The core sends entries without waiting for answers, and has to know if they
 * may not have arrived; and of a snapshot it waits to hear in any case: by the
 * time that the answer comes the log may begin behind it, and the next one is
 * to be sent. */
static void report_fate(struct raft *rf, const struct peer_link *peer,
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

/* One call, with all that waits. Gives up the lock meanwhile. */
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
        /* After a loss the next call waits for its time: a peer that cannot be
         * reached is not asked again and again. */
        peer->waiting = false;
        step_all(rf, reply.messages, reply.messages_count);
    }
    report_fate(rf, peer, &messages, answered);
    rc_messages_release(&messages);
    FREE(step_reply, &reply);
    drive(rf, -1, NULL);
}

/* The thread of a call. It goes on with the next if that is due by then. */
static void *converse(void *argument)
{
    struct peer_link *peer = argument;
    struct raft *rf = peer->rf;
    pthread_mutex_lock(&rf->crew.mu);
    peer->starting = false;
    while (is_due(peer) && !rf->crew.ended) {
        call(rf, peer);
    }
    crew_quit(&rf->crew);
    return NULL;
}

void peers_contact(struct raft *rf)
{
    for (int i = 0; i < rf->count && !rf->crew.ended; i++) {
        struct peer_link *peer = &rf->peers[i];
        if (!peer->starting && is_due(peer)) {
            peer->starting = true;
            crew_start(&rf->crew, converse, peer);
        }
    }
}
