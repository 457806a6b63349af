/* flow.c - fates and delays of single messages.
 * Layer: labrpc. Guarded by the mutex of the network. */
#include "labrpc/flow.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/assert.h"
#include "base/random.h"
#include "labrpc/internal.h"

enum { REQUEST, REPLY, KINDS };

/* The flow from one host to another. */
struct flow {
    enum flow_fate fate[KINDS];
    uint64_t sent[KINDS];
    struct flow_delay delay;
    uint64_t bytes_per_s; /* 0: any number */
    sim_ns busy_until;    /* if it is not */
    uint64_t key;         /* of its delays, drawn by number of message */
};

struct flows {
    int hosts;
    struct flow *flow;       /* hosts x hosts */
    struct flow_delay *slow; /* by host */
    flow_decider decide;
    void *decide_context;
    flow_watcher watch;
    void *watch_context;
    uint64_t messages;
    struct call *kept;
};

static const struct sim_event_kind event_keep = {
    "flow_keep", {"message", "from", "to", "fate"}};
static const struct sim_event_kind event_release = {"flow_release",
                                                    {"message", "copy"}};

/* ---- Set-up -------------------------------------------------------------*/

void flow_control(struct labrpc_network *net, int hosts)
{
    LAB_ASSERT(hosts > 0);
    sim_enter(&net->mutex);
    LAB_ASSERT(!net->flows);
    size_t count = (size_t)hosts * (size_t)hosts;
    struct flows *flows = lab_xcalloc(1, sizeof(*flows));
    flows->hosts = hosts;
    flows->flow = lab_xcalloc(count, sizeof(flows->flow[0]));
    flows->slow = lab_xcalloc((size_t)hosts, sizeof(flows->slow[0]));
    uint64_t key = random_key_text(net->key, "flow");
    for (size_t i = 0; i < count; i++) {
        flows->flow[i].key = random_key(key, i);
    }
    net->flows = flows;
    sim_leave(&net->mutex);
}

void flow_free(struct labrpc_network *net)
{
    struct flows *flows = net->flows;
    if (flows) {
        LAB_ASSERT(!flows->kept);
        free(flows->flow);
        free(flows->slow);
        free(flows);
    }
}

static struct flow *flow_of(const struct labrpc_network *net, int from, int to)
{
    const struct flows *flows = net->flows;
    LAB_ASSERT(flows);
    LAB_ASSERT(from >= 0 && from < flows->hosts);
    LAB_ASSERT(to >= 0 && to < flows->hosts);
    return &flows->flow[from * flows->hosts + to];
}

void flow_assign_end(struct labrpc_network *net, const char *end_name, int from,
                     int to)
{
    sim_enter(&net->mutex);
    struct labrpc_end *end = network_find_end(net, end_name);
    LAB_ASSERT(flow_of(net, from, to) != NULL);
    end->controlled = true;
    end->from = from;
    end->to = to;
    sim_leave(&net->mutex);
}

void flow_set(struct labrpc_network *net, int from, int to,
              enum flow_kind kinds, enum flow_fate fate)
{
    struct flow *flow = flow_of(net, from, to);
    if (kinds & FLOW_REQUESTS) {
        flow->fate[REQUEST] = fate;
    }
    if (kinds & FLOW_REPLIES) {
        flow->fate[REPLY] = fate;
    }
}

enum flow_fate flow_get(const struct labrpc_network *net, int from, int to,
                        enum flow_kind kind)
{
    LAB_ASSERT(kind == FLOW_REQUESTS || kind == FLOW_REPLIES);
    return flow_of(net, from, to)
        ->fate[kind == FLOW_REQUESTS ? REQUEST : REPLY];
}

void flow_decide(struct labrpc_network *net, flow_decider decide, void *context)
{
    LAB_ASSERT(net->flows);
    net->flows->decide = decide;
    net->flows->decide_context = context;
}

void flow_watch(struct labrpc_network *net, flow_watcher watch, void *context)
{
    LAB_ASSERT(net->flows);
    net->flows->watch = watch;
    net->flows->watch_context = context;
}

/* ---- Messages -----------------------------------------------------------*/

static struct flow_message message_of(const struct call *call)
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

bool flow_carries(const struct flow_message *message, struct bytes marker)
{
    struct bytes content = message->content;
    LAB_ASSERT(marker.size > 0);
    return content.size >= marker.size &&
           memmem(content.data, content.size, marker.data, marker.size) != NULL;
}

static void tell(const struct call *call, enum flow_event event)
{
    const struct flows *flows = call->net->flows;
    if (flows->watch) {
        struct flow_message message = message_of(call);
        flows->watch(flows->watch_context, event, &message);
    }
}

void flow_delivered(const struct call *call)
{
    tell(call, FLOW_DELIVERED);
}

void flow_handled(const struct call *call)
{
    LAB_ASSERT(!call->is_reply);
    tell(call, FLOW_HANDLED);
}

/* ---- Delays -------------------------------------------------------------*/

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
    /* A Pareto distribution with exponent 1: least / u, for u evenly spread
     * over (0, 1], here in units of 2^-32. */
    uint64_t u = (draw >> 32) + 1;
    sim_ns drawn = (delay.least << 32) / u;
    return drawn < delay.most ? drawn : delay.most;
}

static void check_delay(struct flow_delay delay)
{
    LAB_ASSERT(delay.kind <= FLOW_CONSTANT || delay.least <= delay.most);
    LAB_ASSERT(delay.kind != FLOW_HEAVY_TAIL || delay.least <= 4 * SIM_SECOND);
}

void flow_delay(struct labrpc_network *net, int from, int to,
                struct flow_delay delay)
{
    check_delay(delay);
    flow_of(net, from, to)->delay = delay;
}

void flow_delay_host(struct labrpc_network *net, int host,
                     struct flow_delay delay)
{
    check_delay(delay);
    LAB_ASSERT(flow_of(net, host, host) != NULL);
    net->flows->slow[host] = delay;
}

void flow_bandwidth(struct labrpc_network *net, int from, int to,
                    uint64_t bytes_per_s)
{
    struct flow *flow = flow_of(net, from, to);
    flow->bytes_per_s = bytes_per_s;
    flow->busy_until = 0;
}

/* Wait for the link, then use it. */
static sim_ns take_link(struct flow *flow, size_t size)
{
    if (flow->bytes_per_s == 0) {
        return 0;
    }
    sim_ns now = sim_now();
    sim_ns begin = flow->busy_until > now ? flow->busy_until : now;
    flow->busy_until = begin + (sim_ns)size * SIM_SECOND / flow->bytes_per_s;
    return flow->busy_until - now;
}

sim_ns flow_sent(struct call *call, bool is_reply)
{
    struct flows *flows = call->net->flows;
    call->request = is_reply ? call->message : 0;
    call->is_reply = is_reply;
    call->message = ++flows->messages;
    struct flow_message message = message_of(call);
    struct flow *flow = flow_of(call->net, message.from, message.to);
    call->sequence = ++flow->sent[is_reply ? REPLY : REQUEST];
    call->passes = false;
    tell(call, FLOW_SENT);
    if (flow->fate[is_reply ? REPLY : REQUEST] == FLOW_DROP) {
        return 0; /* to be seen soon */
    }
    uint64_t nth = flow->sent[REQUEST] + flow->sent[REPLY];
    uint64_t key = random_at(flow->key, nth);
    return take_link(flow, call->size) +
           draw_delay(flow->delay, random_key(key, 0)) +
           draw_delay(flows->slow[message.from], random_key(key, 1)) +
           draw_delay(flows->slow[message.to], random_key(key, 2));
}

/* ---- Arrival ------------------------------------------------------------*/

static void keep(struct call *call, enum flow_fate fate)
{
    struct flows *flows = call->net->flows;
    struct flow_message message = message_of(call);
    sim_event(&event_keep, message.number, (uint64_t)message.from,
              (uint64_t)message.to, fate);
    LAB_ASSERT(!call->kept);
    call->kept = true;
    DL_APPEND2(flows->kept, call, kept_prev, kept_next);
}

static void unkeep(struct call *call)
{
    LAB_ASSERT(call->kept);
    DL_DELETE2(call->net->flows->kept, call, kept_prev, kept_next);
    call->kept = false;
}

static void let_arrive(struct call *call, bool copy)
{
    sim_event(&event_release, call->message, copy, 0, 0);
    call->passes = true;
    call_arrives_soon(call);
}

/* A request goes to who serves under the name now. */
static void retarget(struct call *call)
{
    struct labrpc_server *bound = call->address->bound;
    if (!call->is_reply && bound && bound != call->server) {
        server_unref(call->server);
        call->server = bound;
        bound->in_progress++;
    }
}

static enum flow_fate fate_of(const struct call *call)
{
    const struct flows *flows = call->net->flows;
    struct flow_message message = message_of(call);
    enum flow_fate fate = flow_of(call->net, message.from, message.to)
                              ->fate[message.is_reply ? REPLY : REQUEST];
    if (flows->decide) {
        fate = flows->decide(flows->decide_context, &message, fate);
    }
    if (message.is_reply) {
        fate = fate == FLOW_STASH                            ? FLOW_DROP
               : fate == FLOW_COPY || fate == FLOW_DUPLICATE ? FLOW_PASS
                                                             : fate;
    }
    return fate;
}

bool flow_passes(struct call *call)
{
    switch (call->passes ? FLOW_PASS : fate_of(call)) {
    case FLOW_DROP:
        call_lose(call);
        return false;
    case FLOW_HOLD:
        keep(call, FLOW_HOLD);
        return false;
    case FLOW_STASH:
        keep(call_copy(call), FLOW_STASH);
        call_lose(call);
        return false;
    case FLOW_COPY:
        keep(call_copy(call), FLOW_COPY);
        break;
    case FLOW_DUPLICATE:
        let_arrive(call_copy(call), true);
        break;
    case FLOW_PASS:
        break;
    }
    retarget(call);
    return true;
}

/* ---- What is kept -------------------------------------------------------*/

bool flow_kept(const struct labrpc_network *net, size_t at,
               struct flow_message *message)
{
    LAB_ASSERT(net->flows);
    const struct call *call = net->flows->kept;
    while (call && at-- > 0) {
        call = call->kept_next;
    }
    if (call) {
        *message = message_of(call);
    }
    return call != NULL;
}

static struct call *find_kept(const struct labrpc_network *net, uint64_t number)
{
    LAB_ASSERT(net->flows);
    struct call *call = net->flows->kept;
    while (call && call->message != number) {
        call = call->kept_next;
    }
    return call;
}

bool flow_release(struct labrpc_network *net, uint64_t number)
{
    sim_enter(&net->mutex);
    struct call *call = find_kept(net, number);
    if (call) {
        unkeep(call);
        let_arrive(call, false);
    }
    sim_leave(&net->mutex);
    return call != NULL;
}

bool flow_deliver(struct labrpc_network *net, uint64_t number)
{
    sim_enter(&net->mutex);
    struct call *call = find_kept(net, number);
    if (call && !call->is_reply) {
        let_arrive(call_copy(call), true);
    }
    sim_leave(&net->mutex);
    return call != NULL && !call->is_reply;
}

bool flow_discard(struct labrpc_network *net, uint64_t number)
{
    sim_enter(&net->mutex);
    struct call *call = find_kept(net, number);
    if (call) {
        unkeep(call);
        call_lose(call);
    }
    sim_leave(&net->mutex);
    return call != NULL;
}

void flow_discard_all(struct labrpc_network *net)
{
    while (net->flows && net->flows->kept) {
        struct call *call = net->flows->kept;
        unkeep(call);
        call_lose(call);
    }
}
