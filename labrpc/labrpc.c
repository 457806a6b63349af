/* labrpc.c - the way of a call through the network.
 * Layer: labrpc. The steps A to I are those of docs/labs.md §1.3;
 * beyond them each message takes its latency, 0.2 to 0.6 ms unless set.
 *
 * There is no dispatcher: the caller's fiber packs and waits, timers move the
 * messages, and each handler has a fiber of its own on the server. */
#include "labrpc/labrpc.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/assert.h"
#include "base/random.h"
#include "labrpc/check.h"
#include "labrpc/fate.h"
#include "labrpc/server.h"
#include "sim/node.h"

/* The numbers that define how hostile the network is. */
#define DEAD_DELAYS_MS      UINT64_C(100)  /* step A: 0..99 */
#define DEAD_LONG_DELAYS_MS UINT64_C(7000) /* the same with long delays */
#define REQUEST_WAITS_MS    UINT64_C(27)   /* step B: 0..26 */
#define LOSS_PER_1000       UINT64_C(100)  /* steps C and G */
#define REORDER_PER_900     UINT64_C(600)  /* step H */
#define REORDER_LEAST_MS    UINT64_C(200)
#define REORDER_BOUNDS_MS   UINT64_C(2000)
#define CONTROLLED_DEAD_MS  UINT64_C(20) /* step A under control: 0..19 */

#define CALL_EVENT(variable, text)                                             \
    static const struct sim_event_kind variable = {                            \
        text, {"end", "call", "method", "bytes"}}

CALL_EVENT(event_send, "rpc_send");
CALL_EVENT(event_dead, "rpc_dead_end");
CALL_EVENT(event_request_lost, "rpc_request_lost");
CALL_EVENT(event_deliver, "rpc_deliver");
CALL_EVENT(event_reply_lost, "rpc_reply_lost");
CALL_EVENT(event_late, "rpc_late");
CALL_EVENT(event_reply, "rpc_reply");

static uint64_t draw(const struct labrpc_end *end, uint64_t number,
                     enum draw what, uint64_t bound)
{
    return random_below(random_at(end->key[what], number), bound);
}

static uint64_t draw_for(const struct call *call, enum draw what,
                         uint64_t bound)
{
    return draw(call->end, call->number, what, bound);
}

static sim_ns draw_latency(const struct call *call, enum draw what)
{
    const struct labrpc_network *net = call->end->net;
    uint64_t spread = net->latency_most - net->latency_least;
    return net->latency_least + draw_for(call, what, spread + 1);
}

static bool draw_loss(const struct call *call, enum draw what)
{
    return !call->reliable && draw_for(call, what, 1000) < LOSS_PER_1000;
}

/* ---- The way back (steps F to I) ----------------------------------------*/

static void deliver_reply(void *argument)
{
    struct call *call = argument;
    call->timer = 0;
    if (call->has_caller) {
        call_event(call, &event_reply);
        call->net->bytes += call->size;
        if (call->message) {
            fate_delivered(call);
        }
        call_settle(call, REPLIED);
    }
    call_network_done(call);
}

static void reply_arrives(void *argument)
{
    struct call *call = argument;
    call->timer = 0;
    if (call->message && !fate_passes(call)) {
        return;
    }
    /* Under control what has left arrives, whatever becomes of the server. */
    bool gone = !call->message && check_is_gone(call);
    const struct sim_event_kind *failure = gone ? &check_event_gone
                                           : draw_loss(call, DRAW_REPLY_LOSS)
                                               ? &event_reply_lost
                                               : NULL;
    if (failure) {
        call_fail(call, failure);
        return;
    }
    if (call->reordering &&
        draw_for(call, DRAW_REORDER, 900) < REORDER_PER_900) {
        uint64_t bound =
            1 + draw_for(call, DRAW_REORDER_BOUND, REORDER_BOUNDS_MS);
        uint64_t delay_ms =
            REORDER_LEAST_MS + draw_for(call, DRAW_REORDER_DELAY, bound);
        call_event(call, &event_late);
        call->timer = sim_after(delay_ms * SIM_MS, deliver_reply, call);
        return;
    }
    deliver_reply(call);
}

/* The handler has returned. */
static void send_reply(struct call *call, struct record_type *type,
                       const void *reply)
{
    if (call->message) {
        fate_handled(call);
    }
    if (!call_is_awaited(call)) {
        call_network_done(call);
        return;
    }
    if (call->timer) {
        sim_cancel(call->timer);
    }
    DL_DELETE(call->net->serving, call);
    DL_APPEND(call->net->travelling, call);
    call->serving = false;
    call_make_room(call, record_packed_size(type, reply));
    record_pack_into(type, reply, call->content, call->size);
    sim_ns delay = draw_latency(call, DRAW_LATENCY_BACK);
    if (call->message) {
        delay += fate_sent(call, true);
    }
    call->arrive = reply_arrives;
    call->timer = sim_after(delay, call->arrive, call);
}

/* ---- The handler (step D) -----------------------------------------------*/

/* Runs on a fiber of the server; args and reply lie in the server's heap. */
static void serve(void *argument)
{
    struct call *call = argument;
    struct labrpc_network *net = call->net;
    sim_enter(&net->mutex);
    const struct binding bound = *server_find(
        call->server, call->method, call->args_type, call->reply_type);
    sim_leave(&net->mutex);

    const struct labrpc_method *method = bound.method;
    void *args = lab_xcalloc(1, method->args->size);
    void *reply = lab_xcalloc(1, method->reply->size);
    struct bytes packed = {call->content, call->size};
    enum lab_err err = record_unpack(method->args, packed, args);
    if (err) {
        LAB_BUG("%s: arguments: %s", call->method->text, lab_err_text(err));
    }
    method->handle(bound.receiver, args, reply);
    record_wipe(method->args, args);
    free(args);

    sim_pass_stop_point(SIM_BEFORE_REPLY);
    sim_enter(&net->mutex);
    send_reply(call, method->reply, reply);
    sim_leave(&net->mutex);
    sim_pass_stop_point(SIM_AFTER_REPLY);
    record_free(method->reply, reply);
    free(reply);
}

static void start_handler(struct call *call)
{
    struct labrpc_server *server = call->server;
    const char *name = call->method->text;
    call->started = true;
    server->count++;
    if (!server->node) {
        sim_spawn(name, serve, call);
    } else if (!sim_node_spawn(server->node, name, serve, call)) {
        LAB_BUG("%s: the server went down while it was up", name);
    }
}

/* ---- The way there (steps A to C) ---------------------------------------*/

/* The request, its latency and wait behind it, is at the server's door. */
static void request_arrives(void *argument)
{
    struct call *call = argument;
    call->timer = 0;
    if (call->message && !fate_passes(call)) {
        return;
    }
    if (draw_loss(call, DRAW_REQUEST_LOSS)) {
        call_fail(call, &event_request_lost);
        return;
    }
    call->served_at = sim_now();
    if (server_is_up(call->server)) {
        call_event(call, &event_deliver);
        if (call->message) {
            fate_delivered(call);
        }
        start_handler(call);
    } else if (!call_is_awaited(call)) {
        call_network_done(call);
        return;
    }
    /* A dead server never answers: the call then fails when it is seen to be
     * gone, like one whose handler was running at the crash. */
    DL_DELETE(call->net->travelling, call);
    DL_APPEND(call->net->serving, call);
    call->serving = true;
    if (check_is_gone(call)) {
        check_schedule(call);
    }
}

static struct call *send_request(struct labrpc_end *end,
                                 const struct method_name *method,
                                 struct record_type *args_type,
                                 const void *args,
                                 struct record_type *reply_type, size_t size)
{
    struct labrpc_network *net = end->net;
    struct call *call = call_new(net);
    call->net = net;
    call->end = end;
    call->address = end->address;
    call->server = end->address->bound;
    call->reliable = net->reliable;
    call->reordering = net->long_reordering;
    call->method = method;
    call->args_type = args_type;
    call->reply_type = reply_type;
    call->number = end->calls;
    call->has_caller = true;
    call->in_network = true;
    end->in_progress++;
    call->server->in_progress++;
    DL_APPEND(net->travelling, call);
    call_make_room(call, size);
    record_pack_into(args_type, args, call->content, size);

    sim_ns delay = draw_latency(call, DRAW_LATENCY_THERE);
    if (!call->reliable) {
        delay += draw_for(call, DRAW_REQUEST_WAIT, REQUEST_WAITS_MS) * SIM_MS;
    }
    if (net->flows && end->controlled) {
        delay += fate_sent(call, false);
    }
    call->arrive = request_arrives;
    call->timer = sim_after(delay, call->arrive, call);
    return call;
}

/* Between sim_enter and sim_leave; leaves. Step A: nobody is there. */
static bool call_dead_end(struct labrpc_end *end, uint64_t digest,
                          uint64_t bytes)
{
    struct labrpc_network *net = end->net;
    uint64_t id = end->id, number = end->calls; /* it may be deleted */
    uint64_t bound_ms = net->flows         ? CONTROLLED_DEAD_MS
                        : net->long_delays ? DEAD_LONG_DELAYS_MS
                                           : DEAD_DELAYS_MS;
    uint64_t delay_ms = draw(end, number, DRAW_DEAD_DELAY, bound_ms);
    sim_leave(&net->mutex);
    sim_pass_stop_point(SIM_AFTER_SEND);
    sim_sleep(delay_ms * SIM_MS);
    sim_event(&event_dead, id, number, digest, bytes);
    return false;
}

static void caller_killed(void *argument)
{
    call_caller_done(argument);
}

/* Between sim_enter and sim_leave; leaves. */
static bool await_reply(struct call *call, struct record_type *reply_type,
                        void *reply)
{
    struct labrpc_network *net = call->net;
    sim_on_kill(caller_killed, call);
    sim_leave(&net->mutex);
    sim_pass_stop_point(SIM_AFTER_SEND);
    sim_enter(&net->mutex);
    while (call->outcome == PENDING) {
        sim_wait(&net->mutex, &call->caller, SIM_FOREVER, call->method->what);
    }
    sim_on_kill(NULL, NULL);
    sim_leave(&net->mutex);

    /* No scheduling point between here and the end: nobody is killed with the
     * call in hands. Unpacking is done outside, for the caller's own heap. */
    bool replied = call->outcome == REPLIED;
    if (replied) {
        struct bytes packed = {call->content, call->size};
        enum lab_err err = record_unpack(reply_type, packed, reply);
        if (err) {
            LAB_BUG("%s: reply: %s", call->method->text, lab_err_text(err));
        }
    }
    sim_enter(&net->mutex);
    call_caller_done(call);
    sim_leave(&net->mutex);
    return replied;
}

bool labrpc_call(struct labrpc_end *end, const char *method,
                 struct record_type *args_type, const void *args,
                 struct record_type *reply_type, void *reply)
{
    struct labrpc_network *net = end->net;
    sim_pass_stop_point(SIM_BEFORE_SEND);
    sim_enter(&net->mutex);
    if (net->cleaned_up) {
        sim_leave(&net->mutex);
        sim_yield(); /* so that time passes for who tries for ever */
        return false;
    }
    const struct method_name *name = network_find_method(net, method);
    size_t size = record_packed_size(args_type, args);
    net->count++;
    net->bytes += size;
    end->calls++;
    sim_event(&event_send, end->id, end->calls, name->digest, size);
    if (!end->enabled || !end->address || !end->address->bound) {
        return call_dead_end(end, name->digest, size);
    }
    struct call *call =
        send_request(end, name, args_type, args, reply_type, size);
    return await_reply(call, reply_type, reply);
}
