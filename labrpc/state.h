/* state.h - the network, its ends and its names, and look-up by name.
 * Layer: labrpc, internal.
 *
 * From the bottom up, each file calling only those before it:
 *
 *     state.c    the tables of names: methods, servers' addresses, ends
 *     server.c   server objects, their services and handlers
 *     call.c     the record of one call: references, outcome, copies
 *     check.c    is a call's server gone? (steps E and F)
 *     fate.c     what becomes of a message whose flow is controlled
 *     labrpc.c   labrpc_call(): the way of a call, steps A to I
 *     flow.c     flow.h: control of flows, for directed tests
 *     network.c  network.h: networks, ends, bindings, modes, counters
 *
 * All of it lies in the framework's heap and is guarded by the mutex of the
 * network: functions run between sim_enter() and sim_leave(). Timers do not
 * take the mutex, because nothing else runs while one fires. */
#ifndef LABRPC_STATE_H
#define LABRPC_STATE_H

#include <uthash.h>

#include "labrpc/network.h"
#include "sim/sim.h"

/* ---- Names ---------------------------------------------------------------*/

/* A "Service.Method" that was called, once per network. A server finds its
 * handler by the number. */
struct method_name {
    char *text;
    char *what;          /* "the reply to ...": what a caller waits for */
    size_t service_size; /* characters before the last dot */
    uint64_t digest;     /* for events */
    size_t number;       /* 0, 1, ... in the order of first use */
    UT_hash_handle hh;
};

/* A server's name and the object bound to it, if any. It lives as long as
 * the network. */
struct address {
    char *name;
    struct labrpc_server *bound; /* NULL: none */
    UT_hash_handle hh;
};

/* ---- Ends ----------------------------------------------------------------*/

/* What is drawn for a call. Each draw has a stream of its own, keyed by the
 * name of the end and indexed by the number of its call, so that no draw
 * shifts another. */
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
    bool deleted;       /* by its owner; freed with the last reference */
    uint64_t calls;     /* accepted so far: the number of the last one */
    size_t in_progress; /* references by calls */
    uint64_t key[DRAW_COUNT];
    bool controlled; /* flow.h: a flow from one host to another */
    int from, to;
    UT_hash_handle hh;
};

/* ---- The network ---------------------------------------------------------*/

struct call;
struct flows;

struct labrpc_network {
    struct sim_mutex mutex;
    uint64_t key; /* of all draws */
    bool reliable, long_delays, long_reordering;
    sim_ns latency_least, latency_most;
    struct flows *flows;   /* fate.h, in one block; NULL: no control */
    bool cleaned_up;       /* new calls fail at once */
    bool freed;            /* by its owner; destroyed after the last call */
    uint64_t count, bytes; /* see network.h */
    uint64_t ends_made;
    struct labrpc_end *ends;
    struct address *addresses;
    struct method_name *methods;
    struct call *serving;    /* requests that have reached a server */
    struct call *travelling; /* requests and replies under way */
    struct call *spare;      /* records to use again */
    size_t in_progress;      /* calls not recycled */
};

/* ---- Look-up -------------------------------------------------------------*/

/* Return the end with this name; end the run if there is none. */
struct labrpc_end *network_find_end(struct labrpc_network *net,
                                    const char *end_name);

/* Return the address with this name, creating it at first use: an end can be
 * connected, or a binding deleted, before the server exists. */
struct address *network_find_address(struct labrpc_network *net,
                                     const char *name);

/* Return the entry of a method name, creating it at first use. */
const struct method_name *network_find_method(struct labrpc_network *net,
                                              const char *text);

/* Bind a server (NULL: none) to an address and release the former one. */
void address_bind(struct address *address, struct labrpc_server *server);

/* Drop a call's reference to an end. The last one frees a deleted end. */
void end_unref(struct labrpc_end *end);

/* Free the tables: ends, addresses, methods. */
void network_free_names(struct labrpc_network *net);

#endif
