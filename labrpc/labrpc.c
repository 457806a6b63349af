/* labrpc.c - labrpc_call(): the way of a call through the network.
 * Layer: labrpc. Guarded by the mutex of the network. Steps A to I are those
 * of docs/labs.md §1.3; beyond them each message takes its latency,
 * 0.2 to 0.6 ms unless set.
 *
 *     caller's fiber     labrpc_call -> send_request ... await_reply
 *     timer              request_arrives
 *     server's fiber     serve -> send_reply
 *     timer              reply_arrives (-> deliver_reply, if it is late)
 *
 * There is no dispatcher: the caller's fiber packs and waits, timers move the
 * messages, and each handler runs on a fiber of its own. A timer that fires
 * sets call->timer to 0, so that a timer is never cancelled after it fired. */
#include "labrpc/labrpc.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/assert.h"
#include "base/random.h"
#include "labrpc/check.h"
#include "labrpc/fate.h"
#include "labrpc/server.h"
#include "sim/node.h"

/* The faults of the network. */
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

/* Each draw is a pure function of seed, end, call number and purpose, so what
 * happens to one call does not change the fate of another. */
static uint64_t draw(const struct labrpc_end *end, uint64_t number,
                     enum draw what, uint64_t bound)
{
    LAB_ASSERT(bound > 0);
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

/* ---- The way back (steps F to I) -----------------------------------------*/

static void deliver_reply(void *argument)
{
    struct call *call = argument;
    call->timer = 0;
    LAB_ASSERT(call->in_network && !call->serving);
    LAB_ASSERT(call->outcome == PENDING);
    /* Without a further check of the server (step H): a late reply arrives
     * even if the server has crashed since. A caller that was killed counts
     * as none, so its bytes are not counted either. */
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
    LAB_ASSERT(call->started && !call->serving);
    if (call->message && !fate_passes(call)) {
        return;
    }
    /* A restarted server works from a copy of the storage, so a positive reply
     * of its predecessor must not reach the caller (step F). Under control a
     * message that was sent arrives, whatever happens to its sender. */
    bool gone = !call->message && check_is_gone(call);
    const struct sim_event_kind *failure = gone ? &check_event_gone
                                           : draw_loss(call, DRAW_REPLY_LOSS)
                                               ? &event_reply_lost
                                               : NULL;
    if (failure) {
        call_fail(call, failure);
        return;
    }
    /* Step H: 200 + U(0, U(0, 1999)) ms, so short delays are more likely. */
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

/* The handler has returned: pack its reply and send it, if the caller still
 * awaits one. Between sim_enter() and sim_leave(). */
static void send_reply(struct call *call, struct record_type *type,
                       const void *reply)
{
    LAB_ASSERT(call->in_network && call->serving);
    LAB_ASSERT(call->started);
    if (call->message) {
        fate_handled(call);
    }
    if (!call_is_awaited(call)) {
        call_network_done(call);
        return;
    }
    if (call->timer) {
        sim_cancel(call->timer); /* of a check; the reply makes its own */
    }
    DL_DELETE(call->net->serving, call);
    DL_APPEND(call->net->travelling, call);
    call->serving = false;
    /* The handler has unpacked the arguments: their buffer is free. */
    call_make_room(call, record_packed_size(type, reply));
    record_pack_into(type, reply, call->content, call->size);
    sim_ns delay = draw_latency(call, DRAW_LATENCY_BACK);
    if (call->message) {
        delay += fate_sent(call, true);
    }
    call->arrive = reply_arrives;
    call->timer = sim_after(delay, call->arrive, call);
}

/* ---- The handler (step D) ------------------------------------------------*/

/* Run the handler, on a fiber of the server. args and reply lie in the
 * server's heap: a crash in the handler takes them along. */
static void serve(void *argument)
{
    struct call *call = argument;
    struct labrpc_network *net = call->net;
    LAB_ASSERT(call->in_network && call->started);
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
    /* Overwritten, so that a handler's thread that keeps a pointer to them
     * fails at once and in every build, not now and then. */
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
    LAB_ASSERT(!call->started);
    call->started = true;
    server->count++;
    if (!server->node) {
        sim_spawn(name, serve, call);
    } else if (!sim_node_spawn(server->node, name, serve, call)) {
        LAB_BUG("%s: the server went down while it was up", name);
    }
}

/* ---- The way there (steps A to C) ----------------------------------------*/

/* The request has arrived, after latency and wait. */
static void request_arrives(void *argument)
{
    struct call *call = argument;
    call->timer = 0;
    LAB_ASSERT(!call->started && !call->serving);
    LAB_ASSERT(call->outcome == PENDING);
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
    /* A crashed server never replies. The call fails at the check that finds
     * it gone, like a call whose handler was running at the crash. */
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
    LAB_ASSERT(!call->has_caller && !call->in_network);
    /* Sampled now, once: docs/labs.md §1.3. */
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

/* Step A: no server is there; fail after a while. Enters locked, leaves
 * unlocked: called after sim_enter(), calls sim_leave(). */
static bool call_dead_end(struct labrpc_end *end, uint64_t digest,
                          uint64_t bytes)
{
    struct labrpc_network *net = end->net;
    /* Copied, because the end may be deleted during the sleep. */
    uint64_t id = end->id, number = end->calls;
    uint64_t bound_ms = net->flows         ? CONTROLLED_DEAD_MS
                        : net->long_delays ? DEAD_LONG_DELAYS_MS
                                           : DEAD_DELAYS_MS;
    uint64_t delay_ms = draw(end, number, DRAW_DEAD_DELAY, bound_ms);
    LAB_ASSERT(delay_ms < bound_ms);
    sim_leave(&net->mutex);
    sim_pass_stop_point(SIM_AFTER_SEND);
    sim_sleep(delay_ms * SIM_MS);
    sim_event(&event_dead, id, number, digest, bytes);
    return false;
}

/* The caller's server has crashed: the call goes on without it. */
static void caller_killed(void *argument)
{
    call_caller_done(argument);
}

/* Wait for the outcome. Enters locked, leaves unlocked, like call_dead_end. */
static bool await_reply(struct call *call, struct record_type *reply_type,
                        void *reply)
{
    struct labrpc_network *net = call->net;
    LAB_ASSERT(call->has_caller);
    sim_on_kill(caller_killed, call);
    sim_leave(&net->mutex);
    sim_pass_stop_point(SIM_AFTER_SEND);
    sim_enter(&net->mutex);
    while (call->outcome == PENDING) {
        sim_wait(&net->mutex, &call->caller, SIM_FOREVER, call->method->what);
    }
    sim_on_kill(NULL, NULL);
    sim_leave(&net->mutex);

    /* No scheduling point follows, so the caller cannot be killed before it
     * has dropped its reference. Unpacking happens outside of the framework,
     * because the reply belongs into the caller's own heap. */
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
        sim_yield(); /* or a loop that retries would never let time pass */
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
