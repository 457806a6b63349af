/* server.h - a server object: its services, and the node they run on.
 * Layer: labrpc, internal. Public face: network.h. */
#ifndef LABRPC_SERVER_H
#define LABRPC_SERVER_H

#include "labrpc/state.h"

struct service {
    char *name;
    void *receiver;
    const struct labrpc_method *const *methods;
    UT_hash_handle hh;
};

/* The handler of a method name at one server; method is NULL until the first
 * request looks it up. */
struct binding {
    const struct labrpc_method *method;
    void *receiver;
};

struct labrpc_server {
    struct sim_node *node; /* NULL: handlers run on the tester */
    uint32_t generation;   /* the boot of the node that it belongs to */
    bool freed;            /* by its owner; destroyed with the last reference */
    bool could_reply;      /* server_can_reply() when it was freed */
    size_t bound;          /* addresses bound to it */
    size_t in_progress;    /* references by calls */
    uint64_t count;        /* requests dispatched */
    struct service *services;
    struct binding *bindings; /* by method_name.number */
    size_t binding_count;
};

/* Can it start handlers? Not after it was freed or its node has crashed. */
bool server_is_up(const struct labrpc_server *server);

/* Can handlers that have started still return? Not after its node has
 * crashed. A freed server has lost sight of its node: its handlers can return
 * if they could when it was freed. */
bool server_can_reply(const struct labrpc_server *server);

/* Return the handler of a method name. End the run if there is none, or if
 * caller and handler disagree on the records. Runs on the handler's fiber,
 * between sim_enter() and sim_leave(). */
const struct binding *server_find(struct labrpc_server *server,
                                  const struct method_name *name,
                                  struct record_type *args_type,
                                  struct record_type *reply_type);

/* Drop a call's reference. The last one destroys a freed server. */
void server_unref(struct labrpc_server *server);

#endif
