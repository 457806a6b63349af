/* fate.h - what becomes of a message whose flow is controlled.
 * Layer: labrpc, internal. Public face: flow.h, whose flow.c fills in what is
 * decided here. */
#ifndef LABRPC_FATE_H
#define LABRPC_FATE_H

#include "labrpc/call.h"
#include "labrpc/flow.h"

enum { REQUEST, REPLY, KINDS };

/* The flow from one host to another. */
struct flow {
    enum flow_fate fate[KINDS];
    uint64_t sent[KINDS];
    struct flow_delay delay;
    uint64_t bytes_per_s; /* 0: unlimited */
    sim_ns busy_until;    /* if it is limited */
    uint64_t key;         /* of its delays, drawn by number of message */
};

struct flows {
    int hosts;
    flow_decider decide;
    void *decide_context;
    flow_watcher watch;
    void *watch_context;
    uint64_t messages;       /* sent so far: the number of the last one */
    struct call *kept;       /* in the order in which they were kept */
    struct flow_delay *slow; /* by host; behind flow */
    struct flow flow[];      /* hosts x hosts */
};

/* The flow between two hosts. */
struct flow *fate_flow(const struct labrpc_network *net, int from, int to);

/* Describe the message under way. The content is borrowed. */
struct flow_message fate_message(const struct call *call);

/* ---- The way of a message ------------------------------------------------*/

/* The message is sent: number it, tell the watcher. Returns how long it takes
 * beyond its latency. */
sim_ns fate_sent(struct call *call, bool is_reply);

/* The message arrives: may it pass? If not, it was dropped or kept. */
bool fate_passes(struct call *call);

/* Tell the watcher: the message was delivered; its handler has returned. */
void fate_delivered(const struct call *call);
void fate_handled(const struct call *call);

/* ---- Kept messages -------------------------------------------------------*/

/* Take a message off the list of those kept. */
void fate_unkeep(struct call *call);

/* Let a message arrive now, whatever its flow's fate. */
void fate_arrive(struct call *call, bool copy);

/* Lose all that are kept; nothing happens without control. */
void fate_discard_all(struct labrpc_network *net);

#endif
