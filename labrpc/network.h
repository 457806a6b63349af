/* network.h - the simulated network behind labrpc.h.
 * Layer: labrpc; includes base and sim. For harnesses, on tester fibers.
 *
 * Every fault is drawn from the seed given to labrpc_new(), by link and
 * number of the request on that link. The rules and numbers are those of the
 * 6.824 labs (docs/labs.md §1.3); beyond them every message takes 0.2 to
 * 0.6 ms each way.
 *
 * Names are copied. Using the unknown name of an end, or making one twice, is
 * a bug of the caller and ends the run. Names of servers come into being when
 * they are first mentioned. */
#ifndef LABRPC_NETWORK_H
#define LABRPC_NETWORK_H

#include "labrpc/labrpc.h"
#include "sim/node.h"
#include "sim/sim.h"

struct labrpc_network;
struct labrpc_server;

/* A reliable network without long delays and long reordering. */
struct labrpc_network *labrpc_new(uint64_t seed);

/* From now on every new call fails at once; accepted ones still finish. */
void labrpc_cleanup(struct labrpc_network *net);

/* The three modes, changeable at any time; sampled when a call is accepted.
 * Unreliable: a request waits 0-26 ms, 10 % of requests and 10 % of replies
 * are lost. Long reordering: 2/3 of the replies come 0.2-2.2 s late. Long
 * delays: a call to a dead end fails after 0-7 s instead of 0-0.1 s. */
void labrpc_reliable(struct labrpc_network *net, bool yes);
void labrpc_long_reordering(struct labrpc_network *net, bool yes);
void labrpc_long_delays(struct labrpc_network *net, bool yes);
/* How long every message takes beyond that, drawn between the two. The default
 * is 0.2 to 0.6 ms. Applies to messages sent from now on. */
void labrpc_latency(struct labrpc_network *net, sim_ns least, sim_ns most);
bool labrpc_is_reliable(const struct labrpc_network *net);
bool labrpc_has_long_delays(const struct labrpc_network *net);

/* A client end: not connected, not enabled. It lives until
 * labrpc_end_delete(), and calls in progress keep it alive. */
struct labrpc_end *labrpc_end_new(struct labrpc_network *net,
                                  const char *end_name);
void labrpc_end_delete(struct labrpc_network *net, const char *end_name);
void labrpc_connect(struct labrpc_network *net, const char *end_name,
                    const char *server_name);
void labrpc_enable(struct labrpc_network *net, const char *end_name, bool yes);

/* A server: services whose handlers run on a node, which must be up (NULL:
 * on the tester). It dies with this boot of the node: a request that reaches
 * it later starts nothing, and its call fails when it is seen to be gone.
 * methods: NULL-terminated, borrowed for the life of the server, as is
 * receiver, which every handler gets. Free a server when it is bound to no
 * name, and before its node. */
struct labrpc_server *labrpc_server_new(struct sim_node *node);
void labrpc_server_add(struct labrpc_server *server, const char *service,
                       void *receiver,
                       const struct labrpc_method *const *methods);
void labrpc_server_free(struct labrpc_server *server);

/* Bind a server object to a name, replacing the former; unbind it (the name
 * stays, without a server). Calls in progress to the former see it gone. */
void labrpc_add_server(struct labrpc_network *net, const char *server_name,
                       struct labrpc_server *server);
void labrpc_delete_server(struct labrpc_network *net, const char *server_name);

/* Requests that reached a server's dispatch (of the object bound now; 0 if
 * none); calls accepted by the network; argument bytes of accepted calls plus
 * reply bytes of delivered replies. */
uint64_t labrpc_count(struct labrpc_network *net, const char *server_name);
uint64_t labrpc_total_count(const struct labrpc_network *net);
uint64_t labrpc_total_bytes(const struct labrpc_network *net);

/* Free everything, or as soon as no call is in progress any more. Unbinds all
 * servers; new calls fail. */
void labrpc_free(struct labrpc_network *net);

#endif
