/* flow.h - control of single messages, for directed tests.
 * Layer: labrpc; includes base and sim. For harnesses, on tester fibers.
 *
 *     flow_control(net, 3);                             hosts 0, 1 and 2
 *     flow_assign_end(net, "end", 0, 1);                0 calls 1
 *     flow_set(net, 0, 1, FLOW_REQUESTS, FLOW_HOLD);    keep what arrives
 *     ...
 *     if (flow_kept(net, 0, &message)) {
 *         flow_release(net, message.number);            now it arrives
 *     }
 *
 * The flow from host a to host b is all that a sends to b: its requests, and
 * its replies to calls of b. Hosts are numbers that the harness assigns to
 * ends. The fate of a message is decided when it arrives, so a cut also hits
 * messages under way. A message that was sent no longer needs its sender: it
 * arrives even if the sender has crashed since. A request goes to whichever
 * server is bound to the name when it arrives.
 *
 * Without flow_control() none of this exists. All numbers are integers; all
 * draws come from the seed of the network, by flow and number of message. */
#ifndef LABRPC_FLOW_H
#define LABRPC_FLOW_H

#include "labrpc/network.h"
#include "sim/sim.h"

/* ---- Fates ---------------------------------------------------------------*/

/* A copy is a legal duplicate of a request: its handler runs, its reply is
 * discarded. A reply has no copies, since a call takes only one: FLOW_STASH
 * drops a reply, FLOW_COPY and FLOW_DUPLICATE let it pass. */
enum flow_fate {
    FLOW_PASS,      /* arrives */
    FLOW_DROP,      /* lost: the call fails within 20 ms */
    FLOW_HOLD,      /* kept, and the caller waits: the original, but late */
    FLOW_STASH,     /* lost for the caller, but a copy is kept */
    FLOW_COPY,      /* arrives, and a copy is kept */
    FLOW_DUPLICATE, /* arrives, and a copy right after it */
};

/* Bits. */
enum flow_kind { FLOW_REQUESTS = 1, FLOW_REPLIES = 2, FLOW_BOTH = 3 };

/* Turn control on, once, for hosts 0 .. hosts-1; every flow passes. From now
 * on a call to a dead end fails within 20 ms. */
void flow_control(struct labrpc_network *net, int hosts);

/* Declare an end to be host `from`, calling host `to`. Other ends are not
 * controlled. */
void flow_assign_end(struct labrpc_network *net, const char *end_name, int from,
                     int to);

/* Set the fate of a flow's requests, replies or both; return that of one. */
void flow_set(struct labrpc_network *net, int from, int to,
              enum flow_kind kinds, enum flow_fate fate);
enum flow_fate flow_get(const struct labrpc_network *net, int from, int to,
                        enum flow_kind kind);

/* ---- Messages ------------------------------------------------------------*/

struct flow_message {
    uint64_t number; /* 1, 2, ... in the order of sending; copies share it */
    int from, to;
    bool is_reply;
    uint64_t request;     /* a reply: the number of its request, else 0 */
    uint64_t sequence;    /* 1, 2, ... among the requests, or replies, of the
                             flow */
    uint64_t method;      /* a digest of the name; for logs, not decisions */
    struct bytes content; /* packed; borrowed until the caller waits */
};

/* Does the content contain these bytes? Commands and snapshots travel as they
 * are, so random bytes in them identify the messages that carry them. */
bool flow_carries(const struct flow_message *message, struct bytes marker);

/* Decide the fate of a message that arrives, given the fate of its flow. Runs
 * inside the network: it must not wait or use the network. */
typedef enum flow_fate (*flow_decider)(void *context,
                                       const struct flow_message *message,
                                       enum flow_fate fate);

/* Call decide for each message that arrives; NULL: the flow decides. */
void flow_decide(struct labrpc_network *net, flow_decider decide,
                 void *context);

enum flow_event {
    FLOW_SENT,
    FLOW_DELIVERED, /* starts a handler, or ends a call */
    FLOW_HANDLED,   /* of a request: its handler has returned */
};

/* Observe an event. Runs inside the network, like a flow_decider. */
typedef void (*flow_watcher)(void *context, enum flow_event event,
                             const struct flow_message *message);

/* Call watch at each event; NULL: stop. */
void flow_watch(struct labrpc_network *net, flow_watcher watch, void *context);

/* ---- Kept messages -------------------------------------------------------*/

/* Describe kept message number `at`, from 0, in the order in which they were
 * kept: held originals and copies. False: fewer are kept. */
bool flow_kept(const struct labrpc_network *net, size_t at,
               struct flow_message *message);

/* Let a kept message arrive now, whatever the fate of its flow; or let a copy
 * of it arrive (requests only) and keep it; or lose it, which the caller of a
 * held one sees as a failed call. False: no such message is kept. */
bool flow_release(struct labrpc_network *net, uint64_t number);
bool flow_deliver(struct labrpc_network *net, uint64_t number);
bool flow_discard(struct labrpc_network *net, uint64_t number);

/* ---- Delay and bandwidth -------------------------------------------------*/

/* The time that a message takes beyond the usual latency. */
struct flow_delay {
    enum flow_delay_kind {
        FLOW_NO_DELAY,
        FLOW_CONSTANT,   /* least */
        FLOW_UNIFORM,    /* least .. most, uniformly distributed */
        FLOW_HEAVY_TAIL, /* Pareto, exponent 1: at least k * least with
                            probability 1/k, but at most most */
    } kind;
    sim_ns least, most; /* FLOW_HEAVY_TAIL: least is at most 4 s */
};

/* Delay the messages of a flow, or all messages from and to a host. The two
 * add up. Messages may overtake each other. */
void flow_delay(struct labrpc_network *net, int from, int to,
                struct flow_delay delay);
void flow_delay_host(struct labrpc_network *net, int host,
                     struct flow_delay delay);

/* Limit a flow to this many bytes of content per second; its messages then
 * follow one another in the order of sending. 0: unlimited. */
void flow_bandwidth(struct labrpc_network *net, int from, int to,
                    uint64_t bytes_per_s);

#endif
