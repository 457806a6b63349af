/* flows.c - steps of a directed test on messages.
 * Layer: tester/harness. See flows.h. */
#include "tester/harness/flows.h"

#include "base/assert.h"
#include "tester/harness/command.h"
#include "tester/harness/lab.h"

/* Steps that wait for something poll at this interval. */
static const sim_ns poll_period = SIM_MS;

/* ---- Markers ------------------------------------------------------------*/

/* A request that carries a watched command and has arrived at a server. */
struct carrier {
    uint64_t number;
    uint64_t saves; /* how often that server had saved before */
    uint32_t life;
};

/* A watched command. */
struct marker {
    uint64_t value;
    unsigned stored; /* the set of servers that have stored it */
    struct carrier *carriers;
    size_t count, room;
};

struct flows {
    struct lab *lab;
    struct marker markers[MARKERS_MAX];
    size_t marker_count;
};

static const struct marker *find_marker(const struct cluster *c, uint64_t value)
{
    const struct flows *flows = c->lab->flows;
    LAB_ASSERT(flows);
    for (size_t i = 0; i < flows->marker_count; i++) {
        if (flows->markers[i].value == value) {
            return &flows->markers[i];
        }
    }
    LAB_BUG("the command is not watched");
}

bool carries_command(const struct flow_message *message, uint64_t value)
{
    uint8_t marker[COMMAND_BYTES];
    command_pack_plain(value, marker);
    return flow_carries(message, bytes_of(marker, sizeof(marker)));
}

static const struct carrier *find_carrier(const struct marker *marker,
                                          uint64_t number)
{
    for (size_t i = 0; i < marker->count; i++) {
        if (marker->carriers[i].number == number) {
            return &marker->carriers[i];
        }
    }
    return NULL;
}

static void add_carrier(struct marker *marker, struct carrier carrier)
{
    if (marker->count == marker->room) {
        marker->room = 2 * marker->room + 16;
        marker->carriers = lab_xrealloc(
            marker->carriers, marker->room * sizeof(marker->carriers[0]));
    }
    marker->carriers[marker->count++] = carrier;
}

/* Runs inside the network, so it must neither wait nor call it. The persister
 * counts saves from each start of the server on: hence the comparison of
 * lives. */
static void watch(void *context, enum flow_event event,
                  const struct flow_message *message)
{
    struct flows *flows = context;
    const struct server *server = &flows->lab->servers[message->to];
    uint64_t saves = persister_saves(server->persister);
    uint32_t life = (uint32_t)server->life;
    for (size_t i = 0; i < flows->marker_count; i++) {
        struct marker *marker = &flows->markers[i];
        if (message->is_reply || !carries_command(message, marker->value)) {
            continue;
        }
        if (event == FLOW_DELIVERED) {
            add_carrier(marker, (struct carrier){message->number, saves, life});
        } else if (event == FLOW_HANDLED) {
            const struct carrier *carrier =
                find_carrier(marker, message->number);
            /* It has saved since the request arrived. */
            if (carrier && carrier->life == life && saves > carrier->saves) {
                marker->stored |= SERVER(message->to);
            }
        }
    }
}

void watch_command(struct cluster *c, uint64_t value)
{
    struct flows *flows = c->lab->flows;
    LAB_ASSERT(flows);
    LAB_ASSERT(flows->marker_count < MARKERS_MAX);
    flows->markers[flows->marker_count++] = (struct marker){.value = value};
}

bool has_stored(const struct cluster *c, int server, uint64_t value)
{
    return (find_marker(c, value)->stored & SERVER(server)) != 0;
}

bool wait_stored(struct cluster *c, int server, uint64_t value, uint64_t ms)
{
    sim_ns end = sim_now() + ms * SIM_MS;
    while (!has_stored(c, server, value)) {
        if (sim_now() >= end) {
            return false;
        }
        sim_sleep(poll_period);
    }
    return true;
}

bool answers_command(const struct cluster *c,
                     const struct flow_message *message, uint64_t value)
{
    return message->is_reply &&
           find_carrier(find_marker(c, value), message->request) != NULL;
}

/* ---- Flows --------------------------------------------------------------*/

void flows_new_ends(struct lab *lab, const struct server *server)
{
    for (int i = 0; lab->flows && i < lab->count; i++) {
        flow_assign_end(lab->net, server->peer_names[i], server->index, i);
    }
}

void control_flows(struct cluster *c)
{
    struct lab *lab = c->lab;
    LAB_ASSERT(!lab->flows);
    LAB_ASSERT(lab->count < 32); /* sets of servers are bits */
    struct flows *flows = lab_xcalloc(1, sizeof(*flows));
    flows->lab = lab;
    lab->flows = flows;
    flow_control(lab->net, lab->count);
    flow_watch(lab->net, watch, flows);
    for (int i = 0; i < lab->count; i++) {
        flows_new_ends(lab, &lab->servers[i]);
    }
}

void set_flow(struct cluster *c, int from, int to, enum flow_kind kinds,
              enum flow_fate fate)
{
    LAB_ASSERT(c->lab->flows);
    flow_set(c->lab->net, from, to, kinds, fate);
}

void set_links(struct cluster *c, int server, unsigned others,
               enum flow_fate fate)
{
    for (int i = 0; i < c->lab->count; i++) {
        if (i != server && (others & SERVER(i))) {
            set_flow(c, server, i, FLOW_BOTH, fate);
            set_flow(c, i, server, FLOW_BOTH, fate);
        }
    }
}

bool first_kept(struct cluster *c, int from, int to, enum flow_kind kinds,
                struct flow_message *message)
{
    LAB_ASSERT(c->lab->flows);
    for (size_t at = 0; flow_kept(c->lab->net, at, message); at++) {
        enum flow_kind kind = message->is_reply ? FLOW_REPLIES : FLOW_REQUESTS;
        if (message->from == from && message->to == to && (kinds & kind)) {
            return true;
        }
    }
    return false;
}

bool wait_kept(struct cluster *c, int from, int to, enum flow_kind kinds,
               uint64_t ms, struct flow_message *message)
{
    sim_ns end = sim_now() + ms * SIM_MS;
    while (!first_kept(c, from, to, kinds, message)) {
        if (sim_now() >= end) {
            return false;
        }
        sim_sleep(poll_period);
    }
    return true;
}

bool release_message(struct cluster *c, uint64_t number)
{
    return flow_release(c->lab->net, number);
}

bool deliver_message(struct cluster *c, uint64_t number)
{
    return flow_deliver(c->lab->net, number);
}

bool discard_message(struct cluster *c, uint64_t number)
{
    return flow_discard(c->lab->net, number);
}

void release_flow(struct cluster *c, int from, int to, enum flow_kind kinds)
{
    struct flow_message message;
    while (first_kept(c, from, to, kinds, &message)) {
        release_message(c, message.number);
    }
}

void discard_flow(struct cluster *c, int from, int to, enum flow_kind kinds)
{
    struct flow_message message;
    while (first_kept(c, from, to, kinds, &message)) {
        discard_message(c, message.number);
    }
}

void set_delay(struct cluster *c, int from, int to, struct flow_delay delay)
{
    flow_delay(c->lab->net, from, to, delay);
}

void set_slow(struct cluster *c, int server, struct flow_delay delay)
{
    flow_delay_host(c->lab->net, server, delay);
}

void set_capacity(struct cluster *c, int from, int to, uint64_t bytes_per_s)
{
    flow_bandwidth(c->lab->net, from, to, bytes_per_s);
}

void decide_messages(struct cluster *c, flow_decider decide, void *context)
{
    flow_decide(c->lab->net, decide, context);
}
