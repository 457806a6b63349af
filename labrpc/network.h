/* network.h - the simulated network behind labrpc.h.
 * Layer: labrpc; includes base and sim. For harnesses, on tester fibers.
 *
 *     struct labrpc_network *net = labrpc_new(seed);
 *     struct labrpc_server *server = labrpc_server_new(node);
 *     labrpc_server_add(server, "Raft", rf, raft_rpcs);
 *     labrpc_add_server(net, "server 0", server);
 *     struct labrpc_end *end = labrpc_end_new(net, "end");
 *     labrpc_connect(net, "end", "server 0");
 *     labrpc_enable(net, "end", true);
 *     ... labrpc_call(end, ...) ...
 *     labrpc_delete_server(net, "server 0");
 *     labrpc_server_free(server);
 *     labrpc_free(net);
 *
 * The rules and numbers are those of the labs: docs/labs.md §1.3. Beyond them
 * every message has a latency, 0.2 to 0.6 ms unless set. All faults are drawn
 * from the seed, by the name of the end and the number of the call on it.
 *
 * Names are copied. A server's name exists from its first mention on. Naming
 * an end that does not exist, or creating one twice, is a bug of the caller
 * and ends the run. Nothing here waits. */
#ifndef LABRPC_NETWORK_H
#define LABRPC_NETWORK_H

#include "labrpc/labrpc.h"
#include "sim/node.h"
#include "sim/sim.h"

struct labrpc_network;
struct labrpc_server;

/* Create a network: reliable, without long delays and long reordering. */
struct labrpc_network *labrpc_new(uint64_t seed);

/* Fail every new call at once; calls in progress still finish. */
void labrpc_cleanup(struct labrpc_network *net);

/* Unbind all servers and fail every new call. Free the network now or, if
 * calls are in progress, after the last of them. */
void labrpc_free(struct labrpc_network *net);

/* ---- Modes and counters --------------------------------------------------*/

/* Set a mode. Each call samples the modes when it is accepted.
 * Unreliable       a request waits 0 to 26 ms; 10 % of the requests and 10 %
 *                  of the replies are lost.
 * Long reordering  two thirds of the replies arrive 0.2 to 2.2 s late.
 * Long delays      a call to a dead end fails after 0 to 7 s instead of 0 to
 *                  0.1 s. An end is dead if it is disabled or not connected,
 *                  or no server is bound to the name it is connected to. */
void labrpc_reliable(struct labrpc_network *net, bool yes);
void labrpc_long_reordering(struct labrpc_network *net, bool yes);
void labrpc_long_delays(struct labrpc_network *net, bool yes);

/* Set how long every message takes beyond that, uniformly distributed. The
 * default is 0.2 to 0.6 ms. Applies to messages sent from now on. */
void labrpc_latency(struct labrpc_network *net, sim_ns least, sim_ns most);

bool labrpc_is_reliable(const struct labrpc_network *net);
bool labrpc_has_long_delays(const struct labrpc_network *net);

/* Return the number of requests that handlers of the server bound to the
 * name were started for; 0 if none is bound. */
uint64_t labrpc_count(struct labrpc_network *net, const char *server_name);

/* Return the number of calls accepted by the network, and the bytes of the
 * arguments of these calls plus those of the replies delivered. */
uint64_t labrpc_total_count(const struct labrpc_network *net);
uint64_t labrpc_total_bytes(const struct labrpc_network *net);

/* ---- Ends ----------------------------------------------------------------*/

/* Create a client end, not connected and disabled. It is valid until
 * labrpc_end_delete(); calls in progress then still finish. */
struct labrpc_end *labrpc_end_new(struct labrpc_network *net,
                                  const char *end_name);
void labrpc_end_delete(struct labrpc_network *net, const char *end_name);

/* Let an end lead to the server of this name, present or future. */
void labrpc_connect(struct labrpc_network *net, const char *end_name,
                    const char *server_name);

/* Enable or disable an end. Calls in progress on an end that stays disabled
 * fail within 100 ms, or when their reply arrives (docs/labs.md §1.3, steps E
 * and F). */
void labrpc_enable(struct labrpc_network *net, const char *end_name, bool yes);

/* ---- Servers -------------------------------------------------------------*/

/* Create a server whose handlers run on a node, which must be up, or on the
 * tester (NULL). It belongs to the current boot of the node: a request that
 * arrives after a crash starts no handler. */
struct labrpc_server *labrpc_server_new(struct sim_node *node);

/* Add a service: each handler gets the receiver. methods ends with NULL.
 * Both are borrowed for the life of the server. */
void labrpc_server_add(struct labrpc_server *server, const char *service,
                       void *receiver,
                       const struct labrpc_method *const *methods);

/* Free a server that is bound to no name, before its node. */
void labrpc_server_free(struct labrpc_server *server);

/* Bind a server to a name, in the place of the former one; or unbind it.
 * For calls in progress to the former one the server is gone. */
void labrpc_add_server(struct labrpc_network *net, const char *server_name,
                       struct labrpc_server *server);
void labrpc_delete_server(struct labrpc_network *net, const char *server_name);

#endif
