/* clients.h - what the bodies of key/value tests work with, beside cluster.h.
 * Layer: tester. docs/labs.md §4.1.
 *
 * Clerks are the plug-in's code and run on a node of their own, "client". A
 * clerk has an end to every server; which of them are enabled is the test's.
 * Every call through the functions below goes into the history, which can be
 * checked for linearizability. */
#ifndef TESTER_HARNESS_CLIENTS_H
#define TESTER_HARNESS_CLIENTS_H

#include "tester/harness/cluster.h"

enum { KEY_BYTES = 24 };

/* ---- The network among servers ------------------------------------------*/

/* Connect everybody with everybody. */
#define connect_all(c) cluster_connect_all(HERE(c))

/* Who is on side `true`, by server, is connected with nobody on side `false`,
 * and everybody with those of their own side. Clerks are not affected. */
#define partition(c, side) cluster_partition(HERE(c), (side))

/* The leader, if there is one, goes to the smaller side (false). */
#define partition_with_leader(c, side)                                         \
    cluster_partition_with_leader(HERE(c), (side))

/* Crash all; start all and connect them. */
#define shutdown_all(c) cluster_shutdown_all(HERE(c))
#define start_all(c)    cluster_start_all(HERE(c))

/* The largest saved snapshot of a server. */
size_t snapshot_bytes_saved(const struct cluster *c);

/* ---- Clerks -------------------------------------------------------------*/

struct client;

/* A clerk that is connected with the servers of a side (NULL: with all). */
struct client *client_new(struct cluster *c, const bool *servers);
void client_connect(struct cluster *c, struct client *client,
                    const bool *servers);
void client_free(struct cluster *c, struct client *client);

/* Calls, counted as operations. The value of a get is the caller's. */
#define kv_get(c, client, key) client_get(HERE(c), (client), (key))
#define kv_put(c, client, key, value)                                          \
    client_put(HERE(c), (client), (key), (value))
#define kv_append(c, client, key, value)                                       \
    client_append(HERE(c), (client), (key), (value))

/* A get that has to return this text. */
#define kv_check(c, client, key, value)                                        \
    client_check(HERE(c), (client), (key), (value))

/* ---- Rules --------------------------------------------------------------*/

/* The pieces "x client 0 y", "x client 1 y", ... up to count, each once and in
 * this order. */
#define check_appends(c, client, text, count)                                  \
    client_check_appends(HERE(c), (client), (text), (count))

/* The saved Raft state of every server is at most eight times what the test
 * said; nothing is saved as a snapshot if it said nothing. */
#define check_sizes(c) cluster_check_sizes(HERE(c))

/* All calls so far. Fails the test if they are not linearizable, and shows
 * why; an unknown verdict ends it, too. */
#define check_linearizable(c) cluster_check_linearizable(HERE(c))

/* ---- Behind the macros --------------------------------------------------*/

void cluster_connect_all(struct cluster *c);
void cluster_partition(struct cluster *c, const bool *side);
void cluster_partition_with_leader(struct cluster *c, bool *side);
void cluster_shutdown_all(struct cluster *c);
void cluster_start_all(struct cluster *c);
struct bytes client_get(struct cluster *c, struct client *client,
                        const char *key);
void client_put(struct cluster *c, struct client *client, const char *key,
                const char *value);
void client_append(struct cluster *c, struct client *client, const char *key,
                   const char *value);
void client_check(struct cluster *c, struct client *client, const char *key,
                  const char *value);
void client_check_appends(struct cluster *c, int client, struct bytes text,
                          int count);
void cluster_check_sizes(struct cluster *c);
void cluster_check_linearizable(struct cluster *c);

#endif
