/* control.h - servers and single messages under the control of a test.
 * Layer: tester; includes labrpc and sim. For directed tests; cluster.h is
 * what every test works with. Called on tester fibers.
 *
 * Servers can be named in sets: SERVER(1) | SERVER(2). */
#ifndef TESTER_HARNESS_CONTROL_H
#define TESTER_HARNESS_CONTROL_H

#include "labrpc/flow.h"
#include "sim/node.h"
#include "tester/harness/cluster.h"

#define SERVER(number) (1U << (number))

/* ---- Servers ------------------------------------------------------------*/

/* The rate of a server's clocks, as a fraction of virtual time: 0/1 stops
 * them. It still runs and answers; only its timers do not come. Stays over
 * crashes, as do the others here but for the pause. */
void set_clock(struct cluster *c, int server, uint32_t numerator,
               uint32_t denominator);

/* Move a server's wall clock (not its monotonic one). */
void step_clock(struct cluster *c, int server, int64_t ms);

/* Nothing of it runs any more, until it is resumed (or crashed). */
void pause_server(struct cluster *c, int server);
void resume_server(struct cluster *c, int server);

/* From now on both draw the same random numbers. */
void make_twins(struct cluster *c, int server, int other);

/* Crash the server where it passes this point for the nth time from now, in
 * this life or a later one; 0: not any more. Returns at once. */
void crash_at(struct cluster *c, int server, enum sim_point point,
              uint64_t nth);

/* How often it has passed a point since the last crash_at(), in all lives. */
uint64_t points_passed(const struct cluster *c, int server,
                       enum sim_point point);

/* ---- Flows --------------------------------------------------------------*/

/* Take control of all messages: flow.h says what that means. Every flow is
 * open, and the network reliable or not as before. */
void control_flows(struct cluster *c);

/* The fate of what one server sends to another. */
void set_flow(struct cluster *c, int from, int to, enum flow_kind kinds,
              enum flow_fate fate);

/* Of all flows, both ways, between a server and those of a set. */
void set_links(struct cluster *c, int server, unsigned others,
               enum flow_fate fate);

/* The first kept message of a flow. False: there is none. */
bool first_kept(struct cluster *c, int from, int to, enum flow_kind kinds,
                struct flow_message *message);

/* The same, waiting for it at most this long. */
bool wait_kept(struct cluster *c, int from, int to, enum flow_kind kinds,
               uint64_t ms, struct flow_message *message);

/* What becomes of kept messages; see flow.h. */
bool release_message(struct cluster *c, uint64_t number);
bool deliver_message(struct cluster *c, uint64_t number);
bool discard_message(struct cluster *c, uint64_t number);

/* The same with all that are kept of a flow, in the order of keeping. */
void release_flow(struct cluster *c, int from, int to, enum flow_kind kinds);
void discard_flow(struct cluster *c, int from, int to, enum flow_kind kinds);

void set_delay(struct cluster *c, int from, int to, struct flow_delay delay);
void set_slow(struct cluster *c, int server, struct flow_delay delay);
void set_capacity(struct cluster *c, int from, int to, uint64_t bytes_per_s);

/* Decide the fate of every message; see flow.h. NULL: no more. */
void decide_messages(struct cluster *c, flow_decider decide, void *context);

/* ---- Markers ------------------------------------------------------------*/

enum { MARKERS_MAX = 8 };

/* From now on it is watched where the command with this value goes. */
void watch_command(struct cluster *c, uint64_t value);

/* Does the message carry a command with this value? */
bool carries_command(const struct flow_message *message, uint64_t value);

/* Has the server stored it: a request with it came, the server saved, and its
 * handler returned? (Or does the server answer to one that had stored it
 * before.) The command must be watched. */
bool has_stored(const struct cluster *c, int server, uint64_t value);
bool wait_stored(struct cluster *c, int server, uint64_t value, uint64_t ms);

/* Is this a reply to a request that carried the watched command? */
bool answers_command(const struct cluster *c,
                     const struct flow_message *message, uint64_t value);

/* ---- For control.c and cluster.c ----------------------------------------*/

struct lab;
struct server;

/* A server has new ends. */
void control_new_ends(struct lab *lab, const struct server *server);

#endif
