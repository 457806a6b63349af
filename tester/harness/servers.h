/* servers.h - steps of a test on servers: start, crash, connect, disconnect.
 * Layer: tester/harness; includes raftapi. Part of what cluster.h offers. Call
 * them on fibers of the tester.
 *
 * Servers are 0 .. n-1. A step that gets another number fails an assertion. */
#ifndef TESTER_HARNESS_SERVERS_H
#define TESTER_HARNESS_SERVERS_H

#include "tester/harness/test_thread.h"

/* Crash a server as kill -9 does: disconnect it, stop its threads, destroy its
 * memory, keep what it has saved. */
#define crash(c, server) cluster_crash(HERE(c), (server))
void cluster_crash(struct cluster *c, int server);

/* Disconnect a server, close its apply channel and start raft_kill() or what
 * its service has for it; return at once. The test has to crash it afterwards.
 * On real threads a crash is an orderly end, too: then this is one, and waits
 * for it. */
#define shut_down(c, server) cluster_shut_down(HERE(c), (server))
void cluster_shut_down(struct cluster *c, int server);

/* Start a server from what it has saved, after a crash if it runs. It is not
 * connected. */
#define start_server(c, server) cluster_start(HERE(c), (server))
void cluster_start(struct cluster *c, int server);

/* Start and connect. */
#define restart(c, server) cluster_restart(HERE(c), (server))
void cluster_restart(struct cluster *c, int server);

/* Both directions, between this server and every other connected one. */
#define connect_server(c, server) cluster_connect(HERE(c), (server))
#define disconnect(c, server)     cluster_disconnect(HERE(c), (server))
void cluster_connect(struct cluster *c, int server);
void cluster_disconnect(struct cluster *c, int server);

int server_count(const struct cluster *c);
bool is_running(const struct cluster *c, int server);
bool is_connected(const struct cluster *c, int server);

/* The unreliable network delays and loses messages; long reordering delays
 * replies so that they overtake each other (docs/labs.md §1.3). */
void set_reliable(struct cluster *c, bool yes);
void set_long_reordering(struct cluster *c, bool yes);

/* Requests that reached the servers that run now. */
uint64_t rpc_count(const struct cluster *c);

/* Bytes of all requests and replies since the network was made. */
uint64_t rpc_bytes(const struct cluster *c);

/* ---- For the harness ----------------------------------------------------*/

struct server;

/* Load, start and connect all servers. */
void lab_start_servers(struct cluster *c);

/* Can a step of the test ask this server? It runs, is connected and not
 * paused. */
bool server_answers(const struct server *server);

#endif
