/* nodes.h - the inside of a server, for the rest of sim/.
 * Layer: sim, internal. Public face: node.h. */
#ifndef SIM_NODES_H
#define SIM_NODES_H

#include "sim/node.h"
#include "sim/sched.h"
#include "sim/tls.h"

struct sim_node {
    char name[16];
    int index;
    bool up;
    uint32_t generation;
    void *heap; /* heap.h; NULL while down */
    struct thread *threads;
    size_t living;
    uint64_t spawned; /* threads started from outside, in this generation */
    uint64_t path;    /* key of this generation's threads */
    struct tls_block tls;
    struct random_stream random; /* rand() and kin */
};

/* The task of a thread that somebody waits for has returned. */
struct node_call;
void node_call_returned(struct node_call *call);

#endif
