/* call.h - the record of one call: who refers to it, and its outcome.
 * Layer: labrpc, internal.
 *
 * A call is accepted when a server is bound to its address. Two parties refer
 * to the record: the caller, until it returns or is killed, and the network,
 * until nothing is left to happen. The last one recycles it. */
#ifndef LABRPC_CALL_H
#define LABRPC_CALL_H

#include "labrpc/state.h"

enum outcome { PENDING, FAILED, REPLIED };

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

    bool has_caller; /* the caller's reference */
    bool in_network; /* the network's reference */
    bool serving;    /* in net->serving, else in net->travelling */
    bool started;    /* its handler */
    enum outcome outcome;
    sim_ns served_at;        /* when the request reached the server */
    uint64_t timer;          /* the next thing to happen; 0: none */
    void (*arrive)(void *);  /* what the timer of a message runs */
    struct sim_queue caller; /* where the caller waits */

    uint8_t *content; /* packed arguments, then the packed reply */
    size_t size, capacity;

    /* The message under way, if its flow is controlled: fate.h. */
    uint64_t message; /* its number; 0: not controlled */
    uint64_t request, sequence;
    bool is_reply;
    bool passes; /* its fate has been decided: it arrives */
    bool kept;   /* in flows->kept, without a timer */
    struct call *kept_prev, *kept_next;
};

/* Return an empty record, in no list, without references. */
struct call *call_new(struct labrpc_network *net);

/* Size the content for a message; what it held is lost. */
void call_make_room(struct call *call, size_t size);

/* Emit an event about the call. */
static inline void call_event(const struct call *call,
                              const struct sim_event_kind *kind)
{
    sim_event(kind, call->end->id, call->number, call->method->digest,
              call->size);
}

/* Does somebody wait for the outcome, still unknown? */
static inline bool call_is_awaited(const struct call *call)
{
    return call->has_caller && call->outcome == PENDING;
}

/* Decide the outcome, if it is awaited, and wake the caller. */
void call_settle(struct call *call, enum outcome outcome);

/* Drop the reference of the network: nothing is left to happen. Cancels the
 * timer. */
void call_network_done(struct call *call);

/* Drop the reference of the caller, which returns or was killed. */
void call_caller_done(struct call *call);

/* End the call without a reply: emit the event, settle it as FAILED, drop
 * the reference of the network. */
void call_fail(struct call *call, const struct sim_event_kind *kind);

/* Lose the message, under control of flows: call_fail(). */
void call_lose(struct call *call);

/* Return a second request like this one, whose reply nobody awaits. */
struct call *call_copy(const struct call *call);

/* Let the message arrive now. It has no timer. */
void call_arrive_soon(struct call *call);

/* Free all memory of a network that no call refers to. For sim_after(). */
void network_destroy(void *network);

#endif
