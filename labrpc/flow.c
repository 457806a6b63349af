/* flow.c - control of flows and of kept messages, for directed tests.
 * Layer: labrpc. Guarded by the mutex of the network. */
#include "labrpc/flow.h"

#include "base/assert.h"
#include "base/random.h"
#include "labrpc/fate.h"

/* ---- Set-up --------------------------------------------------------------*/

void flow_control(struct labrpc_network *net, int hosts)
{
    LAB_ASSERT(hosts > 0);
    sim_enter(&net->mutex);
    LAB_ASSERT(!net->flows);
    /* One block, so that it can be freed without knowing what is in it. */
    size_t count = (size_t)hosts * (size_t)hosts;
    size_t flow_bytes = count * sizeof(struct flow);
    size_t slow_bytes = (size_t)hosts * sizeof(struct flow_delay);
    struct flows *flows =
        lab_xcalloc(1, sizeof(*flows) + flow_bytes + slow_bytes);
    flows->hosts = hosts;
    flows->slow = (struct flow_delay *)&flows->flow[count];
    /* A key for each flow: messages of one do not shift the draws of another.
     * All other fields are 0: messages pass, without delay. */
    uint64_t key = random_key_text(net->key, "flow");
    for (size_t i = 0; i < count; i++) {
        flows->flow[i].key = random_key(key, i);
    }
    net->flows = flows;
    sim_leave(&net->mutex);
}

void flow_assign_end(struct labrpc_network *net, const char *end_name, int from,
                     int to)
{
    sim_enter(&net->mutex);
    struct labrpc_end *end = network_find_end(net, end_name);
    (void)fate_flow(net, from, to); /* checks the numbers */
    LAB_ASSERT(end->calls == 0);
    end->controlled = true;
    end->from = from;
    end->to = to;
    sim_leave(&net->mutex);
}

void flow_set(struct labrpc_network *net, int from, int to,
              enum flow_kind kinds, enum flow_fate fate)
{
    struct flow *flow = fate_flow(net, from, to);
    LAB_ASSERT(kinds >= FLOW_REQUESTS && kinds <= FLOW_BOTH);
    LAB_ASSERT(fate >= FLOW_PASS && fate <= FLOW_DUPLICATE);
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
    return fate_flow(net, from, to)
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

/* ---- Messages ------------------------------------------------------------*/

bool flow_carries(const struct flow_message *message, struct bytes marker)
{
    struct bytes content = message->content;
    LAB_ASSERT(marker.size > 0);
    return content.size >= marker.size &&
           memmem(content.data, content.size, marker.data, marker.size) != NULL;
}

/* ---- Delays --------------------------------------------------------------*/

/* The limits that keep the arithmetic of draw_delay() within 64 bits. */
static void check_delay(struct flow_delay delay)
{
    LAB_ASSERT(delay.kind <= FLOW_CONSTANT || delay.least <= delay.most);
    LAB_ASSERT(delay.kind != FLOW_HEAVY_TAIL || delay.least <= 4 * SIM_SECOND);
}

void flow_delay(struct labrpc_network *net, int from, int to,
                struct flow_delay delay)
{
    check_delay(delay);
    fate_flow(net, from, to)->delay = delay;
}

void flow_delay_host(struct labrpc_network *net, int host,
                     struct flow_delay delay)
{
    check_delay(delay);
    (void)fate_flow(net, host, host); /* checks the number */
    net->flows->slow[host] = delay;
}

void flow_bandwidth(struct labrpc_network *net, int from, int to,
                    uint64_t bytes_per_s)
{
    struct flow *flow = fate_flow(net, from, to);
    flow->bytes_per_s = bytes_per_s;
    flow->busy_until = 0; /* what is under way keeps its time of arrival */
}

/* ---- Kept messages -------------------------------------------------------*/

bool flow_kept(const struct labrpc_network *net, size_t at,
               struct flow_message *message)
{
    LAB_ASSERT(net->flows);
    const struct call *call = net->flows->kept; /* a handful at most */
    while (call && at-- > 0) {
        call = call->kept_next;
    }
    if (call) {
        *message = fate_message(call);
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
        fate_unkeep(call);
        fate_arrive(call, false);
    }
    sim_leave(&net->mutex);
    return call != NULL;
}

bool flow_deliver(struct labrpc_network *net, uint64_t number)
{
    sim_enter(&net->mutex);
    struct call *call = find_kept(net, number);
    /* A reply has no copies: its call takes one only. */
    if (call && !call->is_reply) {
        fate_arrive(call_copy(call), true);
    }
    sim_leave(&net->mutex);
    return call != NULL && !call->is_reply;
}

bool flow_discard(struct labrpc_network *net, uint64_t number)
{
    sim_enter(&net->mutex);
    struct call *call = find_kept(net, number);
    if (call) {
        fate_unkeep(call);
        call_lose(call);
    }
    sim_leave(&net->mutex);
    return call != NULL;
}
