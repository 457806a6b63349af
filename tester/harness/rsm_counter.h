/* rsm_counter.h - the state machine that tests of rsm.h replicate: a counter.
 * Layer: tester/harness. */
#ifndef TESTER_HARNESS_RSM_COUNTER_H
#define TESTER_HARNESS_RSM_COUNTER_H

#include "kvraft/rsm.h"

/* Commands are as long as those of the other labs, so that a hundred of them
 * require a snapshot; every byte names the operation. */
enum { COUNTER_BYTES = 32 };

enum {
    COUNTER_INC = '+',  /* add one; the result is the new value */
    COUNTER_NULL = '0', /* do nothing */
    COUNTER_DEC = '-',  /* must never be executed: fails the test */
};

/* The machine of a server: server->counter, which it sets to 0. */
struct server;
struct rsm_machine counter_machine(struct server *server);

#endif
