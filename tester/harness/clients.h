/* clients.h - steps of a test on clerks of a key/value service.
 * Layer: tester/harness. docs/labs.md §4.1. For the bodies of key/value tests,
 * beside cluster.h, partition.h and history.h.
 *
 * Clerks are code of the plug-in and run on a node of their own, "client". A
 * clerk has an end to every server; the test decides which ends are enabled.
 * Every call goes into a history, which history.h checks. */
#ifndef TESTER_HARNESS_CLIENTS_H
#define TESTER_HARNESS_CLIENTS_H

#include "base/bytes.h"
#include "tester/harness/test_thread.h"

enum { KEY_BYTES = 24 };

struct client;

/* Make a clerk that is connected to the servers of a side, by index (NULL: to
 * all). */
struct client *client_new(struct cluster *c, const bool *servers);

/* Connect it to the servers of a side, and to no other. */
void client_connect(struct cluster *c, struct client *client,
                    const bool *servers);

/* Free the clerk; its calls may still be on the network. */
void client_free(struct cluster *c, struct client *client);

/* Call the clerk and wait for its return. The caller owns the value of a
 * get. A put or append that returns although no server has applied an entry
 * since its call fails the test. */
#define kv_get(c, client, key) client_get(HERE(c), (client), (key))
#define kv_put(c, client, key, value)                                          \
    client_put(HERE(c), (client), (key), (value))
#define kv_append(c, client, key, value)                                       \
    client_append(HERE(c), (client), (key), (value))
struct bytes client_get(struct cluster *c, struct client *client,
                        const char *key);
void client_put(struct cluster *c, struct client *client, const char *key,
                const char *value);
void client_append(struct cluster *c, struct client *client, const char *key,
                   const char *value);

/* Get a key, which must have this value. */
#define kv_check(c, client, key, value)                                        \
    client_check(HERE(c), (client), (key), (value))
void client_check(struct cluster *c, struct client *client, const char *key,
                  const char *value);

/* The text must contain the pieces "x CLIENT 0 y", "x CLIENT 1 y", ... of this
 * client, `count` of them, each once and in this order. */
#define check_appends(c, client, text, count)                                  \
    client_check_appends(HERE(c), (client), (text), (count))
void client_check_appends(struct cluster *c, int client, struct bytes text,
                          int count);

/* ---- For the harness ----------------------------------------------------*/

struct lab;

/* Load the clerk's plug-in. Before the body, on a fiber of the tester. */
void clients_begin(struct lab *lab);

/* Calls of clerks so far; 0 without a key/value service. */
uint64_t clients_ops(const struct lab *lab);

#endif
