/* node_internal.h - the inside of a server, for the rest of sim/.
 * Layer: sim, internal. Public face: node.h. */
#ifndef SIM_NODE_INTERNAL_H
#define SIM_NODE_INTERNAL_H

#include "sim/node.h"
#include "sim/sched.h"

/* Local time: local_then at virtual time set_at, and from there on at the rate
 * numerator / denominator. */
struct node_clock {
    bool set; /* else local time is virtual time */
    uint32_t numerator, denominator;
    sim_ns set_at, local_then;
    int64_t offset; /* of CLOCK_REALTIME only */
};

/* Where a server is to be stopped: stop_point.c. */
struct node_stop {
    uint64_t passed[SIM_STOP_POINTS];
    uint64_t stop_at; /* 0: nowhere */
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
    bool ending;      /* in a real run: node.c, */
    size_t tasks;     /* and its threads that the framework started */
    uint64_t spawned; /* threads started from outside, in this generation */
    uint64_t path;    /* key of this generation's threads */
    struct random_stream random; /* rand() and kin */
    struct race_node *race;      /* race.h */
};

/* The task of a thread that somebody waits for has returned. */
struct node_call;
void node_call_returned(struct node_call *call);

#endif
