/* apply.c - the unbuffered channel between a Raft and its service.
 * Layer: raftapi. Guarded by the channel's mutex. The channel lies in the
 * framework's heap, as does each message between put and take: a message that
 * was taken outlives the server that put it, and one that was not is freed
 * when the thread that offers it is killed. */
#include <stdlib.h>
#include <utlist.h>

#include "base/assert.h"
#include "raftapi/service.h"

/* A message that a thread waits to hand over. It belongs to that thread. */
struct offer {
    struct offer *prev, *next; /* in the channel, until taken */
    struct apply_channel *channel;
    struct apply_msg msg;
    bool taken;
    struct sim_queue putter; /* the thread */
};

struct apply_channel {
    struct sim_mutex mutex;
    int server;
    bool closed;
    struct offer *offers;   /* first in, first out */
    struct sim_queue taker; /* the thread that waits for an offer */
};

static const struct sim_event_kind event_command = {
    "apply", {"server", "index", "term", "command"}};
static const struct sim_event_kind event_snapshot = {
    "apply_snapshot", {"server", "index", "term", "snapshot"}};

struct apply_channel *apply_channel_new(int server)
{
    struct apply_channel *ch = sim_framework_alloc(sizeof(*ch));
    *ch = (struct apply_channel){.server = server};
    return ch;
}

void apply_channel_free(struct apply_channel *ch)
{
    LAB_ASSERT(!ch->offers);
    LAB_ASSERT(sim_queue_empty(&ch->taker));
    free(ch);
}

/* ---- Put -----------------------------------------------------------------*/

/* Free an offer. A message that was not taken goes with it. */
static void withdraw(struct offer *offer)
{
    if (!offer->taken) {
        DL_DELETE(offer->channel->offers, offer);
        bytes_free(&offer->msg.bytes);
    }
    free(offer);
}

static void putter_killed(void *argument)
{
    withdraw(argument);
}

/* Offer the message and wait until it is taken or the channel is closed.
 * Between sim_enter() and sim_leave(). */
static bool offer_and_wait(struct apply_channel *ch, struct apply_msg msg)
{
    struct offer *offer = lab_xcalloc(1, sizeof(*offer));
    offer->channel = ch;
    offer->msg = msg;
    offer->msg.bytes = bytes_copy(msg.bytes);
    LAB_ASSERT(!ch->closed);
    DL_APPEND(ch->offers, offer);
    sim_wake_one(&ch->taker);
    sim_on_kill(putter_killed, offer);
    while (!offer->taken && !ch->closed) {
        sim_wait(&ch->mutex, &offer->putter, SIM_FOREVER,
                 "the service to take a message (apply_put)");
    }
    sim_on_kill(NULL, NULL);
    bool taken = offer->taken;
    withdraw(offer);
    return taken;
}

bool apply_put(struct apply_channel *ch, struct apply_msg msg)
{
    sim_order_give();
    sim_enter(&ch->mutex);
    bool closed = ch->closed;
    bool taken = !closed && offer_and_wait(ch, msg);
    sim_leave(&ch->mutex);
    sim_order_take();
    if (closed) {
        sim_yield(); /* or a loop that retries would never let time pass */
    }
    return taken;
}

/* ---- Take ----------------------------------------------------------------*/

static void (*observe)(int server, const struct apply_msg *msg);

void apply_observe(void (*observer)(int server, const struct apply_msg *msg))
{
    observe = observer;
}

/* Move the message to the taker and wake the putter. Between sim_enter() and
 * sim_leave(). */
static void accept_offer(struct offer *offer, struct apply_msg *msg)
{
    struct apply_channel *ch = offer->channel;
    LAB_ASSERT(!offer->taken);
    *msg = offer->msg;
    DL_DELETE(ch->offers, offer);
    offer->taken = true;
    sim_wake_one(&offer->putter);
    uint64_t digest = sim_digest(msg->bytes);
    sim_event(msg->is_snapshot ? &event_snapshot : &event_command,
              (uint64_t)ch->server, msg->index, msg->term, digest);
    if (observe && sim_server() >= 0) {
        observe(ch->server, msg);
    }
}

bool apply_take(struct apply_channel *ch, struct apply_msg *msg)
{
    sim_enter(&ch->mutex);
    while (!ch->offers && !ch->closed) {
        sim_wait(&ch->mutex, &ch->taker, SIM_FOREVER,
                 "the next message from Raft (apply_take)");
    }
    /* A closed channel drops what is still offered: its server has ended. */
    bool open = !ch->closed;
    LAB_ASSERT(!open || ch->offers);
    if (open) {
        accept_offer(ch->offers, msg);
    }
    sim_leave(&ch->mutex);
    sim_order_take();

    /* A service on a server gets the message in that server's heap, which a
     * crash destroys. The tester's heap is the framework's. */
    if (open && sim_server() >= 0) {
        struct bytes content = msg->bytes;
        msg->bytes = bytes_copy(content);
        bytes_free(&content);
    }
    return open;
}

void apply_channel_close(struct apply_channel *ch)
{
    sim_enter(&ch->mutex);
    ch->closed = true;
    struct offer *offer;
    DL_FOREACH (ch->offers, offer) {
        sim_wake_one(&offer->putter);
    }
    sim_wake_all(&ch->taker);
    sim_leave(&ch->mutex);
}
