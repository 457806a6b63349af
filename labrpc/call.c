/* call.c - the record of one call: who refers to it, and its outcome.
 * Layer: labrpc. Guarded by the mutex of the network. */
#include "labrpc/call.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/assert.h"
#include "labrpc/server.h"

/* Buffers up to this size stay with a recycled call. */
enum { BUFFER_KEPT = 4096 };

static const struct sim_event_kind event_dropped = {
    "rpc_dropped", {"end", "call", "method", "bytes"}};

/* ---- Records -------------------------------------------------------------*/

void call_make_room(struct call *call, size_t size)
{
    if (call->capacity < size) {
        free(call->content);
        call->content = lab_xmalloc(size);
        call->capacity = size;
    }
    call->size = size;
}

struct call *call_new(struct labrpc_network *net)
{
    struct call *call = net->spare;
    if (call) {
        LL_DELETE(net->spare, call);
    } else {
        call = lab_xcalloc(1, sizeof(*call));
    }
    net->in_progress++;
    return call;
}

void network_destroy(void *network)
{
    struct labrpc_network *net = network;
    LAB_ASSERT(net->freed && net->in_progress == 0);
    LAB_ASSERT(!net->serving && !net->travelling);
    network_free_names(net);
    free(net->flows);
    while (net->spare) {
        struct call *call = net->spare;
        net->spare = call->next;
        free(call->content);
        free(call);
    }
    free(net);
}

/* The last call destroys a network that its owner has freed. Not here: the
 * mutex of the network is in use. */
static void network_unref(struct labrpc_network *net)
{
    LAB_ASSERT(net->in_progress > 0);
    net->in_progress--;
    if (net->freed && net->in_progress == 0) {
        sim_after(0, network_destroy, net);
    }
}

/* Keep the record and its buffer for the next call: taking new ones costs
 * more than all the rest of a call's bookkeeping. */
static void recycle(struct call *call)
{
    struct labrpc_network *net = call->net;
    LAB_ASSERT(!call->has_caller && !call->in_network);
    LAB_ASSERT(call->timer == 0 && !call->kept);
    uint8_t *content = call->content;
    size_t capacity = call->capacity;
    /* A few large messages must not hold memory for the rest of the run. */
    if (capacity > BUFFER_KEPT) {
        free(content);
        content = NULL;
        capacity = 0;
    }
    *call = (struct call){.content = content, .capacity = capacity};
    LL_PREPEND(net->spare, call);
    network_unref(net);
}

/* ---- References and outcome ----------------------------------------------*/

void call_network_done(struct call *call)
{
    LAB_ASSERT(call->in_network);
    LAB_ASSERT(!call->kept);
    if (call->timer) {
        sim_cancel(call->timer); /* or it would fire for a recycled record */
        call->timer = 0;
    }
    if (call->serving) {
        DL_DELETE(call->net->serving, call);
    } else {
        DL_DELETE(call->net->travelling, call);
    }
    call->in_network = false;
    end_unref(call->end);
    server_unref(call->server);
    if (!call->has_caller) {
        recycle(call);
    }
}

void call_caller_done(struct call *call)
{
    LAB_ASSERT(call->has_caller);
    /* The network may go on: a handler runs to its end without a caller. */
    call->has_caller = false;
    if (!call->in_network) {
        recycle(call);
    }
}

void call_settle(struct call *call, enum outcome outcome)
{
    LAB_ASSERT(outcome != PENDING);
    if (call_is_awaited(call)) {
        call->outcome = outcome;
        sim_wake_one(&call->caller);
    }
}

void call_fail(struct call *call, const struct sim_event_kind *kind)
{
    call_event(call, kind);
    call_settle(call, FAILED);
    call_network_done(call);
}

void call_lose(struct call *call)
{
    call_fail(call, &event_dropped);
}

/* ---- Messages under control ----------------------------------------------*/

/* By a timer of no delay, not by a call: the message may be released by a
 * fiber of the tester, and handlers start from timers only. */
void call_arrive_soon(struct call *call)
{
    LAB_ASSERT(call->timer == 0);
    LAB_ASSERT(!call->kept && !call->serving);
    call->timer = sim_after(0, call->arrive, call);
}

struct call *call_copy(const struct call *call)
{
    LAB_ASSERT(call->in_network && !call->is_reply);
    LAB_ASSERT(!call->started);
    struct call *copy = call_new(call->net);
    uint8_t *content = copy->content;
    size_t capacity = copy->capacity;
    *copy = *call;
    /* All but what belongs to the record: buffer, timer, lists, caller. */
    copy->content = content;
    copy->capacity = capacity;
    copy->timer = 0;
    copy->kept = false;
    copy->has_caller = false;
    copy->caller = (struct sim_queue){0, 0};
    /* References of its own, which call_network_done() drops. */
    copy->end->in_progress++;
    copy->server->in_progress++;
    DL_APPEND(copy->net->travelling, copy);
    call_make_room(copy, call->size);
    if (call->size > 0) {
        memcpy(copy->content, call->content, call->size);
    }
    return copy;
}
