/* flows.h - steps of a directed test on messages: hold, drop, delay, copy.
 * Layer: tester/harness; includes labrpc. Call them on fibers of the tester.
 *
 * The flow from -> to is what one server sends to another: requests, and
 * replies to the other's calls (labrpc/flow.h). */
#ifndef TESTER_HARNESS_FLOWS_H
#define TESTER_HARNESS_FLOWS_H

#include "labrpc/flow.h"
#include "tester/harness/test.h"

/* A set of servers: SERVER(1) | SERVER(2). */
#define SERVER(number) (1U << (number))

/* Take control of all messages. Every flow is open at first, and the network
 * reliable or not as before. Once per test, with at most 31 servers. */
void control_flows(struct cluster *c);

/* Set the fate of what one server sends to another. */
void set_flow(struct cluster *c, int from, int to, enum flow_kind kinds,
              enum flow_fate fate);

/* Set the fate of all flows, in both directions, between a server and the
 * servers of a set. */
void set_links(struct cluster *c, int server, unsigned others,
               enum flow_fate fate);

/* Find the first message of a flow that is kept. False: none is. */
bool first_kept(struct cluster *c, int from, int to, enum flow_kind kinds,
                struct flow_message *message);

/* The same; wait for one up to `ms` of virtual time. */
bool wait_kept(struct cluster *c, int from, int to, enum flow_kind kinds,
               uint64_t ms, struct flow_message *message);

/* Release, deliver or discard a kept message, see labrpc/flow.h. False: no
 * such message is kept. */
bool release_message(struct cluster *c, uint64_t number);
bool deliver_message(struct cluster *c, uint64_t number);
bool discard_message(struct cluster *c, uint64_t number);

/* The same with all kept messages of a flow, the oldest first. */
void release_flow(struct cluster *c, int from, int to, enum flow_kind kinds);
void discard_flow(struct cluster *c, int from, int to, enum flow_kind kinds);

/* Slow down a flow, or all messages from and to a server. */
void set_delay(struct cluster *c, int from, int to, struct flow_delay delay);
void set_slow(struct cluster *c, int server, struct flow_delay delay);
void set_capacity(struct cluster *c, int from, int to, uint64_t bytes_per_s);

/* Let a function decide the fate of each message, see labrpc/flow.h. NULL: the
 * fate of its flow holds again. */
void decide_messages(struct cluster *c, flow_decider decide, void *context);

/* ---- Markers ------------------------------------------------------------*/

enum { MARKERS_MAX = 8 };

/* Observe from now on which servers store the command with this value. */
void watch_command(struct cluster *c, uint64_t value);

/* Does the message carry a command with this value? */
bool carries_command(const struct flow_message *message, uint64_t value);

/* Has the server stored a watched command: did a request with it arrive, and
 * did the server save before the handler returned? */
bool has_stored(const struct cluster *c, int server, uint64_t value);

/* The same; wait for it up to `ms` of virtual time. */
bool wait_stored(struct cluster *c, int server, uint64_t value, uint64_t ms);

/* Is the message a reply to a request that carried the watched command? */
bool answers_command(const struct cluster *c,
                     const struct flow_message *message, uint64_t value);

/* ---- For the harness ----------------------------------------------------*/

struct lab;
struct server;

/* Register the new ends of a server. */
void flows_new_ends(struct lab *lab, const struct server *server);

#endif
