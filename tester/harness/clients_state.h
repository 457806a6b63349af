/* clients_state.h - the inside of the clients of a test, for the harness.
 * Layer: tester, internal. Public face: clients.h. */
#ifndef TESTER_HARNESS_CLIENTS_STATE_H
#define TESTER_HARNESS_CLIENTS_STATE_H

#include "lincheck/lincheck.h"
#include "tester/harness/cluster_state.h"

/* Something that the test did to the servers, for showing beside calls. */
struct fault {
    sim_ns at;
    char what[64];
};

struct client; /* clients.h */

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

/* ---- clients.c ----------------------------------------------------------*/

/* Before the body; on a fiber of the tester. */
void clients_begin(struct lab *lab);

/* ---- clients_network.c --------------------------------------------------*/

/* Remember what was done now. */
void clients_note(struct lab *lab, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
