/* node_internal.h - the inside of a server, for the rest of sim/.
 * Layer: sim, internal. Public face: node.h. */
#ifndef SIM_NODE_INTERNAL_H
#define SIM_NODE_INTERNAL_H

#include "sim/node.h"
#include "sim/sched.h"

/* Local time was local_then at virtual time set_at, and has since passed at the
 * rate numerator / denominator. */
struct node_clock {
    bool set; /* else local time is virtual time */
    uint32_t numerator, denominator;
    sim_ns set_at, local_then;
    int64_t offset; /* of CLOCK_REALTIME only */
};

/* The stop point at which a test wants to stop a server: stop_point.c. */
struct node_stop {
    uint64_t passed[SIM_STOP_POINTS];
    uint64_t stop_at; /* this time; 0: nowhere */
    enum sim_stop_point stop_point;
    void (*stopped)(void *);
    void *argument;
};

struct sim_node {
    char name[16];
    int index;
    bool up;
    bool paused;
    struct node_clock clock;
    struct node_stop stop;
    uint32_t generation;
    void *heap; /* heap.h; NULL while down */
    struct thread *threads;
    size_t living;
    bool ending;      /* in a real run: it was asked to end (real/node.c) */
    size_t tasks;     /* in a real run: threads that the framework started */
    uint64_t spawned; /* threads started from outside, in this generation */
    uint64_t path;    /* key of the random decisions of this generation */
    struct random_stream random; /* rand() and kin */
    struct race_node *race;      /* race.h */
};

/* Wake the caller of sim_node_call(): its function has returned. */
struct node_call;
void node_call_returned(struct node_call *call);

#endif
