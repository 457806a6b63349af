/* control.c - servers and single messages under the control of a test.
 * Layer: tester. Called on tester fibers. */
#include "tester/harness/control.h"

#include <stdlib.h>

#include "base/assert.h"
#include "tester/harness/cluster_state.h"

/* How often a test that waits for something looks. */
static const sim_ns look_period = SIM_MS;

static struct server *find(const struct cluster *c, int index)
{
    LAB_ASSERT(index >= 0);
    LAB_ASSERT(index < c->lab->count);
    return &c->lab->servers[index];
}

static struct sim_node *node_of(const struct cluster *c, int index)
{
    return find(c, index)->node;
}

/* ---- Servers ------------------------------------------------------------*/

void set_clock(struct cluster *c, int server, uint32_t numerator,
               uint32_t denominator)
{
    sim_node_set_clock(node_of(c, server), numerator, denominator);
}

void step_clock(struct cluster *c, int server, int64_t ms)
{
    sim_node_step_clock(node_of(c, server), ms * (int64_t)SIM_MS);
}

void pause_server(struct cluster *c, int server)
{
    sim_node_pause(node_of(c, server));
}

void resume_server(struct cluster *c, int server)
{
    sim_node_resume(node_of(c, server));
}

void make_twins(struct cluster *c, int server, int other)
{
    sim_node_twin(node_of(c, server), node_of(c, other));
}

/* On a fiber of its own: the server is paused at the point. Unless the test
 * was quicker and has crashed it, which ends a pause. */
static void crash_stopped(void *argument)
{
    struct server *server = argument;
    if (sim_node_paused(server->node)) {
        struct cluster stopper = {.lab = server->lab};
        cluster_crash(&stopper, server->index);
    }
}

void crash_at(struct cluster *c, int server, enum sim_point point, uint64_t nth)
{
    sim_node_stop_at(node_of(c, server), point, nth, crash_stopped,
                     find(c, server));
}

uint64_t points_passed(const struct cluster *c, int server,
                       enum sim_point point)
{
    return sim_node_passed(node_of(c, server), point);
}

/* ---- Markers ------------------------------------------------------------*/

/* A request that came to a server and carries a watched command. */
struct carrier {
    uint64_t number;
    uint64_t saves; /* of that server before */
    uint32_t life;
};

/* A watched command. */
struct marker {
    uint64_t value;
    unsigned stored; /* set of servers */
    struct carrier *carriers;
    size_t count, room;
};

struct control {
    struct lab *lab;
    struct marker markers[MARKERS_MAX];
    size_t marker_count;
};

static const struct marker *find_marker(const struct cluster *c, uint64_t value)
{
    const struct control *control = c->lab->control;
    LAB_ASSERT(control);
    for (size_t i = 0; i < control->marker_count; i++) {
        if (control->markers[i].value == value) {
            return &control->markers[i];
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

/* In the network: neither waits nor uses it. Saves are counted per life. */
static void watch(void *context, enum flow_event event,
                  const struct flow_message *message)
{
    struct control *control = context;
    const struct server *server = &control->lab->servers[message->to];
    uint64_t saves = persister_saves(server->persister);
    uint32_t life = (uint32_t)server->life;
    for (size_t i = 0; i < control->marker_count; i++) {
        struct marker *marker = &control->markers[i];
        if (message->is_reply || !carries_command(message, marker->value)) {
            continue;
        }
        if (event == FLOW_DELIVERED) {
            add_carrier(marker, (struct carrier){message->number, saves, life});
        } else if (event == FLOW_ANSWERED) {
            const struct carrier *carrier =
                find_carrier(marker, message->number);
            if (carrier && carrier->life == life && saves > carrier->saves) {
                marker->stored |= SERVER(message->to);
            }
        }
    }
}

void watch_command(struct cluster *c, uint64_t value)
{
    struct control *control = c->lab->control;
    LAB_ASSERT(control);
    LAB_ASSERT(control->marker_count < MARKERS_MAX);
    control->markers[control->marker_count++] = (struct marker){.value = value};
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
        sim_sleep(look_period);
    }
    return true;
}

bool answers_command(const struct cluster *c,
                     const struct flow_message *message, uint64_t value)
{
    return message->is_reply &&
           find_carrier(find_marker(c, value), message->answers) != NULL;
}

/* ---- Flows --------------------------------------------------------------*/

void control_new_ends(struct lab *lab, const struct server *server)
{
    for (int i = 0; lab->control && i < lab->count; i++) {
        flow_end(lab->net, server->peer_names[i], server->index, i);
    }
}

void control_flows(struct cluster *c)
{
    struct lab *lab = c->lab;
    LAB_ASSERT(!lab->control);
    LAB_ASSERT(lab->count < 32);
    struct control *control = lab_xcalloc(1, sizeof(*control));
    control->lab = lab;
    lab->control = control;
    flow_control(lab->net, lab->count);
    flow_watch(lab->net, watch, control);
    for (int i = 0; i < lab->count; i++) {
        control_new_ends(lab, &lab->servers[i]);
    }
}

void set_flow(struct cluster *c, int from, int to, enum flow_kind kinds,
              enum flow_fate fate)
{
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
        sim_sleep(look_period);
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
    flow_slow(c->lab->net, server, delay);
}

void set_capacity(struct cluster *c, int from, int to, uint64_t bytes_per_s)
{
    flow_capacity(c->lab->net, from, to, bytes_per_s);
}

void decide_messages(struct cluster *c, flow_decider decide, void *context)
{
    flow_decide(c->lab->net, decide, context);
}
