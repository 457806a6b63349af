/* clients_state.h - the clerks of a test and the history of their calls.
 * Layer: tester/harness, internal. Functions: clients.h, history.h. */
#ifndef TESTER_HARNESS_CLIENTS_STATE_H
#define TESTER_HARNESS_CLIENTS_STATE_H

#include "lincheck/lincheck.h"
#include "sim/node.h"
#include "tester/harness/impl.h"

/* What the test did to the servers, to be shown between the calls. */
struct fault {
    sim_ns at;
    char what[64];
};

struct clients {
    struct sim_node *node;
    struct service_impl impl;
    int made; /* clerks so far */
    struct client *done;
    uint64_t ops;
    struct lin_history *history;
    struct fault *faults;
    size_t fault_count, fault_room;
};

#endif
