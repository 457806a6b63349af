/* fate.c - what becomes of a message whose flow is controlled.
 * Layer: labrpc. Guarded by the mutex of the network. */
#include "labrpc/fate.h"

#include <utlist.h>

#include "base/assert.h"
#include "base/random.h"
#include "labrpc/server.h"

static const struct sim_event_kind event_keep = {
    "flow_keep", {"message", "from", "to", "fate"}};
static const struct sim_event_kind event_release = {"flow_release",
                                                    {"message", "copy"}};

struct flow *fate_flow(const struct labrpc_network *net, int from, int to)
{
    struct flows *flows = net->flows;
    LAB_ASSERT(flows); /* flow_control() comes first */
    LAB_ASSERT(from >= 0 && from < flows->hosts);
    LAB_ASSERT(to >= 0 && to < flows->hosts);
    return &flows->flow[from * flows->hosts + to];
}

/* ---- Messages ------------------------------------------------------------*/

/* A reply travels against the direction of its end. */
struct flow_message fate_message(const struct call *call)
{
    const struct labrpc_end *end = call->end;
    return (struct flow_message){
        .number = call->message,
        .from = call->is_reply ? end->to : end->from,
        .to = call->is_reply ? end->from : end->to,
        .is_reply = call->is_reply,
        .request = call->request,
        .sequence = call->sequence,
        .method = call->method->digest,
        .content = {call->content, call->size},
    };
}

static void notify(const struct call *call, enum flow_event event)
{
    const struct flows *flows = call->net->flows;
    if (flows->watch) {
        struct flow_message message = fate_message(call);
        flows->watch(flows->watch_context, event, &message);
    }
}

void fate_delivered(const struct call *call)
{
    LAB_ASSERT(call->message > 0);
    notify(call, FLOW_DELIVERED);
}

void fate_handled(const struct call *call)
{
    LAB_ASSERT(!call->is_reply);
    notify(call, FLOW_HANDLED);
}

/* ---- Sending -------------------------------------------------------------*/

static sim_ns draw_delay(struct flow_delay delay, uint64_t draw)
{
    switch (delay.kind) {
    case FLOW_NO_DELAY:
        return 0;
    case FLOW_CONSTANT:
        return delay.least;
    case FLOW_UNIFORM:
        return delay.least + random_below(draw, delay.most - delay.least + 1);
    case FLOW_HEAVY_TAIL:
        break;
    }
    /* Inverse transform of a Pareto distribution with exponent 1: least / u,
     * for u uniform in (0, 1], here in units of 2^-32. least is at most 4 s,
     * less than 2^32 ns, so the shift loses nothing. */
    uint64_t u = (draw >> 32) + 1;
    sim_ns drawn = (delay.least << 32) / u;
    return drawn < delay.most ? drawn : delay.most;
}

/* Return how long the message waits for the link and then occupies it. */
static sim_ns transmission_time(struct flow *flow, size_t size)
{
    if (flow->bytes_per_s == 0) {
        return 0;
    }
    sim_ns now = sim_now();
    sim_ns begin = flow->busy_until > now ? flow->busy_until : now;
    flow->busy_until = begin + (sim_ns)size * SIM_SECOND / flow->bytes_per_s;
    return flow->busy_until - now;
}

sim_ns fate_sent(struct call *call, bool is_reply)
{
    struct flows *flows = call->net->flows;
    LAB_ASSERT(call->end->controlled);
    LAB_ASSERT(!is_reply || call->message > 0); /* of its request */
    call->request = is_reply ? call->message : 0;
    call->is_reply = is_reply;
    /* Request and reply are two messages of one call. */
    call->message = ++flows->messages;
    struct flow_message message = fate_message(call);
    struct flow *flow = fate_flow(call->net, message.from, message.to);
    call->sequence = ++flow->sent[is_reply ? REPLY : REQUEST];
    call->passes = false;
    notify(call, FLOW_SENT);
    if (flow->fate[is_reply ? REPLY : REQUEST] == FLOW_DROP) {
        return 0; /* or the caller would notice the loss only after the delay */
    }
    /* One draw per message for each cause of delay, whichever are set. */
    uint64_t nth = flow->sent[REQUEST] + flow->sent[REPLY];
    uint64_t key = random_at(flow->key, nth);
    return transmission_time(flow, call->size) +
           draw_delay(flow->delay, random_key(key, 0)) +
           draw_delay(flows->slow[message.from], random_key(key, 1)) +
           draw_delay(flows->slow[message.to], random_key(key, 2));
}

/* ---- Arrival -------------------------------------------------------------*/

static void keep(struct call *call, enum flow_fate fate)
{
    struct flows *flows = call->net->flows;
    struct flow_message message = fate_message(call);
    sim_event(&event_keep, message.number, (uint64_t)message.from,
              (uint64_t)message.to, fate);
    LAB_ASSERT(!call->kept && call->timer == 0);
    call->kept = true;
    DL_APPEND2(flows->kept, call, kept_prev, kept_next);
}

void fate_unkeep(struct call *call)
{
    LAB_ASSERT(call->kept);
    DL_DELETE2(call->net->flows->kept, call, kept_prev, kept_next);
    call->kept = false;
}

void fate_arrive(struct call *call, bool copy)
{
    sim_event(&event_release, call->message, copy, 0, 0);
    call->passes = true;
    call_arrive_soon(call);
}

/* Redirect a request to the server that is bound to the name now, which may
 * have restarted since the request was sent. */
static void retarget(struct call *call)
{
    struct labrpc_server *bound = call->address->bound;
    LAB_ASSERT(!call->serving);
    if (!call->is_reply && bound && bound != call->server) {
        server_unref(call->server);
        call->server = bound;
        bound->in_progress++;
    }
}

static enum flow_fate fate_of(const struct call *call)
{
    const struct flows *flows = call->net->flows;
    struct flow_message message = fate_message(call);
    enum flow_fate fate = fate_flow(call->net, message.from, message.to)
                              ->fate[message.is_reply ? REPLY : REQUEST];
    if (flows->decide) {
        fate = flows->decide(flows->decide_context, &message, fate);
    }
    /* A reply has no copies: flow.h. */
    if (message.is_reply) {
        fate = fate == FLOW_STASH                            ? FLOW_DROP
               : fate == FLOW_COPY || fate == FLOW_DUPLICATE ? FLOW_PASS
                                                             : fate;
    }
    return fate;
}

bool fate_passes(struct call *call)
{
    LAB_ASSERT(call->message > 0);
    switch (call->passes ? FLOW_PASS : fate_of(call)) {
    case FLOW_DROP:
        call_lose(call);
        return false;
    case FLOW_HOLD:
        keep(call, FLOW_HOLD);
        return false;
    case FLOW_STASH:
        /* The copy first: call_lose() may free the original. */
        keep(call_copy(call), FLOW_STASH);
        call_lose(call);
        return false;
    case FLOW_COPY:
        keep(call_copy(call), FLOW_COPY);
        break;
    case FLOW_DUPLICATE:
        fate_arrive(call_copy(call), true);
        break;
    case FLOW_PASS:
        break;
    }
    retarget(call);
    return true;
}

/* One by one from the list's head: losing a message may free its record. */
void fate_discard_all(struct labrpc_network *net)
{
    while (net->flows && net->flows->kept) {
        struct call *call = net->flows->kept;
        fate_unkeep(call);
        call_lose(call);
    }
}
