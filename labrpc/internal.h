/* internal.h - the parts of the network, for the files of this folder.
 * Layer: labrpc, internal.
 *
 * Everything lies in the framework's heap and is guarded by the mutex of the
 * network; timers run with nothing else running, so they need not take it. */
#ifndef LABRPC_INTERNAL_H
#define LABRPC_INTERNAL_H

#include <uthash.h>

#include "labrpc/network.h"
#include "sim/sim.h"

/* ---- Names --------------------------------------------------------------*/

/* A "Service.Method" that somebody called, once per network. Servers find
 * their handler by the number. */
struct method_name {
    char *text;
    char *what;          /* what a waiting caller waits for */
    size_t service_size; /* characters before the last dot */
    uint64_t digest;     /* for events */
    size_t number;
    UT_hash_handle hh;
};

/* A server's name and the object that is bound to it now, if any. Never
 * forgotten while the network lives. */
struct address {
    char *name;
    struct labrpc_server *bound;
    UT_hash_handle hh;
};

/* ---- Ends ---------------------------------------------------------------*/

/* What is drawn for a call: a stream for each, keyed by the end's name and
 * numbered by its calls, so that no draw shifts another. */
enum draw {
    DRAW_DEAD_DELAY,
    DRAW_LATENCY_THERE,
    DRAW_REQUEST_WAIT,
    DRAW_REQUEST_LOSS,
    DRAW_LATENCY_BACK,
    DRAW_REPLY_LOSS,
    DRAW_REORDER,
    DRAW_REORDER_BOUND,
    DRAW_REORDER_DELAY,
    DRAW_COUNT,
};

struct labrpc_end {
    struct labrpc_network *net;
    char *name;
    uint64_t id;             /* 1, 2, ... by creation, for events */
    struct address *address; /* NULL: not connected */
    bool enabled;
    bool deleted;       /* goes when the last call has left it */
    uint64_t calls;     /* accepted so far: the number of the last one */
    size_t in_progress; /* calls that point here */
    uint64_t key[DRAW_COUNT];
    bool controlled; /* flow.h: by these hosts */
    int from, to;
    UT_hash_handle hh;
};

/* The end of this name; ends the run if there is none. */
struct labrpc_end *network_find_end(struct labrpc_network *net,
                                    const char *end_name);

/* ---- Servers ------------------------------------------------------------*/

struct service {
    char *name;
    void *receiver;
    const struct labrpc_method *const *methods;
    UT_hash_handle hh;
};

/* What a method name means at one server; method is NULL until the first
 * request. */
struct binding {
    const struct labrpc_method *method;
    void *receiver;
};

struct labrpc_server {
    struct sim_node *node; /* NULL: handlers run on the tester */
    uint32_t generation;   /* which boot of the node it serves */
    bool freed;            /* by its owner; calls still point here */
    bool could_reply;      /* once freed: was it alive then? */
    size_t bound;          /* names bound to it */
    size_t in_progress;    /* calls that point here */
    uint64_t count;        /* requests dispatched */
    struct service *services;
    struct binding *bindings; /* by method_name.number */
    size_t binding_count;
};

/* Can it start handlers? Not when it was freed or its node has crashed. */
bool server_is_up(const struct labrpc_server *server);

/* Can handlers that it has started still return? Not when its node has
 * crashed; of one that was freed, whose node is out of sight, they can if it
 * was alive then. */
bool server_can_reply(const struct labrpc_server *server);

/* The handler for a name, and its receiver. Ends the run if there is none,
 * or if its records are others than the caller's. Between sim_enter and
 * sim_leave, on the handler's fiber. */
const struct binding *server_find(struct labrpc_server *server,
                                  const struct method_name *name,
                                  struct record_type *args_type,
                                  struct record_type *reply_type);

/* A call leaves; the last one frees a server that its owner has freed. */
void server_unref(struct labrpc_server *server);

/* ---- Calls --------------------------------------------------------------*/

enum outcome { PENDING, FAILED, REPLIED };

/* One call that was accepted with a server behind its end. Two parties hold
 * it: the caller until it returns or is killed, and the network until there
 * is nothing left to happen. The last one recycles it. */
struct call {
    struct call *prev, *next; /* in serving or travelling; next: in spare */
    struct labrpc_network *net;
    struct labrpc_end *end;
    struct address *address;      /* sampled when the call was accepted, */
    struct labrpc_server *server; /* as are these: */
    bool reliable, reordering;
    const struct method_name *method;
    struct record_type *args_type, *reply_type; /* the caller's */
    uint64_t number;                            /* of this end's calls */

    bool has_caller;
    bool in_network;
    bool serving; /* in net->serving, else in net->travelling */
    bool started; /* its handler */
    enum outcome outcome;
    sim_ns served_at;       /* when the request reached the server */
    uint64_t timer;         /* the next thing to happen; 0 none */
    struct sim_queue queue; /* the caller */

    uint8_t *content; /* packed arguments, then the packed reply */
    size_t size, capacity;

    /* The message that is under way, if its flow is controlled (flow.c). */
    uint64_t message; /* its number; 0: it is not */
    uint64_t request, sequence;
    bool is_reply;
    bool passes; /* its fate has been decided */
    bool kept;   /* in flows->kept, without a timer */
    struct call *kept_prev, *kept_next;
};

/* For flow.c. The message is lost. */
void call_lose(struct call *call);

/* A second request like this one, of which nobody awaits the reply. */
struct call *call_copy(const struct call *call);

/* The message, which has no timer, arrives in a moment. */
void call_arrives_soon(struct call *call);

/* Ends or bindings have changed: calls whose server may be gone by this get a
 * check_server, and those that nobody waits for and nobody serves are let go.
 */
void calls_recheck(struct labrpc_network *net);

/* ---- The network --------------------------------------------------------*/

struct labrpc_network {
    struct sim_mutex mutex;
    uint64_t key;
    bool reliable, long_delays, long_reordering;
    sim_ns latency_least, latency_most;
    struct flows *flows; /* NULL: no control */
    bool cleaned_up;     /* no new calls */
    bool freed;          /* goes when the last call has ended */
    uint64_t count, bytes;
    uint64_t ends_made;
    struct labrpc_end *ends;
    struct address *addresses;
    struct method_name *methods;
    struct call *serving;    /* requests that have reached a server */
    struct call *travelling; /* requests and replies on their way */
    struct call *spare;
    size_t in_progress; /* calls not recycled */
};

/* ---- Control of flows (flow.c), where it is on and the end controlled ----*/

/* The message has left; returns how long it takes beyond its latency. */
sim_ns flow_sent(struct call *call, bool is_reply);

/* The message is at the door: may it pass? If not, it has been taken care
 * of. */
bool flow_passes(struct call *call);

void flow_delivered(const struct call *call);
void flow_handled(const struct call *call);

/* Lose what is kept; free everything. Without control nothing happens. */
void flow_discard_all(struct labrpc_network *net);
void flow_free(struct labrpc_network *net);

/* ---- Names and references -----------------------------------------------*/

/* The name, known from now on. */
const struct method_name *network_method(struct labrpc_network *net,
                                         const char *text);

/* A call has left the end. */
void end_unref(struct labrpc_end *end);

/* A call has been recycled. The last one destroys a network that its owner
 * has freed, in a moment: the mutex is in use here. */
void network_unref(struct labrpc_network *net);

#endif
