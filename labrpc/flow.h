/* flow.h - single messages under control, for directed tests.
 * Layer: labrpc; includes base and sim. For harnesses, on tester fibers.
 *
 * The flow a -> b is what host a sends to host b: its requests, and its
 * replies to b's calls. Hosts are numbers that a harness gives to ends. The
 * fate of a message is decided when it arrives, so a cut acts at once, on
 * what is under way too; and a message that has left needs its sender no
 * more: it arrives though that has crashed, and a request reaches whatever
 * server is bound to the name by then.
 *
 * Nothing of it is there until flow_control(). All numbers are integers, all
 * draws come from the seed of the network, by flow and number of message. */
#ifndef LABRPC_FLOW_H
#define LABRPC_FLOW_H

#include "labrpc/network.h"
#include "sim/sim.h"

/* ---- Fates --------------------------------------------------------------*/

enum flow_fate {
    FLOW_PASS,
    FLOW_DROP,      /* lost: the call fails within 20 ms, it never hangs */
    FLOW_HOLD,      /* kept, and the caller waits: an original, but late */
    FLOW_STASH,     /* lost for the caller, but a copy is kept */
    FLOW_COPY,      /* arrives, and a copy is kept */
    FLOW_DUPLICATE, /* arrives, and a copy right behind it */
};
/* A copy is a lawful duplicate: its handler runs, its reply goes nowhere. Of
 * replies there are no copies, they would mean nothing to a call: FLOW_STASH
 * drops a reply, FLOW_COPY and FLOW_DUPLICATE let it pass. */

/* Bits. */
enum flow_kind { FLOW_REQUESTS = 1, FLOW_REPLIES = 2, FLOW_BOTH = 3 };

/* Turn control on for hosts 0 .. hosts-1; every flow is open. From now on
 * calls to dead ends, too, fail within 20 ms. */
void flow_control(struct labrpc_network *net, int hosts);

/* This end is host `from`, calling host `to`. Others are not controlled. */
void flow_assign_end(struct labrpc_network *net, const char *end_name, int from,
                     int to);

void flow_set(struct labrpc_network *net, int from, int to,
              enum flow_kind kinds, enum flow_fate fate);
enum flow_fate flow_get(const struct labrpc_network *net, int from, int to,
                        enum flow_kind kind);

/* ---- Messages -----------------------------------------------------------*/

struct flow_message {
    uint64_t number; /* 1, 2, ... in the order of sending; copies share it */
    int from, to;
    bool is_reply;
    uint64_t request;     /* a reply: the number of the request */
    uint64_t sequence;    /* the so-manieth request, or reply, of its flow */
    uint64_t method;      /* a digest of the name; for logs, not decisions */
    struct bytes content; /* packed; borrowed, until the caller waits */
};

/* Do these bytes occur in the content? Where commands and snapshots travel as
 * given, random bytes in them tell which messages carry them. */
bool flow_carries(const struct flow_message *message, struct bytes marker);

/* Asked for each message that arrives: the fate it shall have, given that of
 * its flow. Runs inside the network: it must not wait or use the network.
 * NULL: nobody is asked. */
typedef enum flow_fate (*flow_decider)(void *context,
                                       const struct flow_message *message,
                                       enum flow_fate fate);
void flow_decide(struct labrpc_network *net, flow_decider decide,
                 void *context);

enum flow_event {
    FLOW_SENT,      /* has left */
    FLOW_DELIVERED, /* starts a handler, or ends a call */
    FLOW_HANDLED,   /* of a request: its handler has returned */
};

/* Told of each event, inside the network, as above. NULL: nobody is. */
typedef void (*flow_watcher)(void *context, enum flow_event event,
                             const struct flow_message *message);
void flow_watch(struct labrpc_network *net, flow_watcher watch, void *context);

/* ---- What is kept -------------------------------------------------------*/

/* Held messages and stashed copies, in the order in which they were kept:
 * number `at`, from 0. False: there are not so many. */
bool flow_kept(const struct labrpc_network *net, size_t at,
               struct flow_message *message);

/* A kept message arrives now, whatever its flow's fate. Or a copy of it does,
 * and it stays. Or it is lost for good; the caller of a held one sees that.
 * False: no such message is kept. */
bool flow_release(struct labrpc_network *net, uint64_t number);
bool flow_deliver(struct labrpc_network *net, uint64_t number);
bool flow_discard(struct labrpc_network *net, uint64_t number);

/* ---- Slowness -----------------------------------------------------------*/

/* Time that a message takes beyond the usual latency. */
struct flow_delay {
    enum flow_delay_kind {
        FLOW_NO_DELAY,   /* none */
        FLOW_CONSTANT,   /* least */
        FLOW_UNIFORM,    /* least .. most, all equally likely */
        FLOW_HEAVY_TAIL, /* least * k or more with probability 1/k: now and then
                       very long, but not beyond most */
    } kind;
    sim_ns least, most; /* FLOW_HEAVY_TAIL: least is at most 4 s */
};

/* Of the messages of a flow; of all messages from and to a host (a slow
 * server). Both add up. Messages may overtake each other. */
void flow_delay(struct labrpc_network *net, int from, int to,
                struct flow_delay delay);
void flow_delay_host(struct labrpc_network *net, int host,
                     struct flow_delay delay);

/* Bytes of content per second that a flow takes, one message after the other,
 * in the order of sending; 0: any number. */
void flow_bandwidth(struct labrpc_network *net, int from, int to,
                    uint64_t bytes_per_s);

#endif
