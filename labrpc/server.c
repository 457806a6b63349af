/* server.c - a server object: its services, and the node they run on.
 * Layer: labrpc. Guarded by the mutex of the network that it is bound in. */
#include "labrpc/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

struct labrpc_server *labrpc_server_new(struct sim_node *node)
{
    LAB_ASSERT(!node || sim_node_up(node));
    struct labrpc_server *server =
        sim_framework_alloc(sizeof(struct labrpc_server));
    *server = (struct labrpc_server){.node = node};
    server->generation = node ? sim_node_generation(node) : 0;
    return server;
}

/* Guards nothing. sim_enter() needs one to mark where framework code runs;
 * the network's is out of reach before the server is bound. */
static struct sim_mutex server_mutex;

void labrpc_server_add(struct labrpc_server *server, const char *name,
                       void *receiver,
                       const struct labrpc_method *const *methods)
{
    sim_enter(&server_mutex);
    struct service *service;
    HASH_FIND_STR(server->services, name, service);
    if (service) {
        LAB_BUG("labrpc: the server already has a service named \"%s\"", name);
    }
    service = lab_xcalloc(1, sizeof(*service));
    service->name = lab_xstrdup(name);
    service->receiver = receiver;
    LAB_ASSERT(methods);
    service->methods = methods;
    HASH_ADD_KEYPTR(hh, server->services, service->name, strlen(name), service);
    sim_leave(&server_mutex);
}

static void server_destroy(struct labrpc_server *server)
{
    LAB_ASSERT(server->bound == 0 && server->in_progress == 0);
    struct service *service, *next;
    HASH_ITER (hh, server->services, service, next) {
        HASH_DEL(server->services, service);
        free(service->name);
        free(service);
    }
    free(server->bindings);
    free(server);
}

void labrpc_server_free(struct labrpc_server *server)
{
    sim_enter(&server_mutex);
    LAB_ASSERT(server->bound == 0);
    LAB_ASSERT(!server->freed);
    /* The owner frees the node next, so ask it now. */
    server->could_reply = server_can_reply(server);
    server->freed = true;
    server->node = NULL;
    if (server->in_progress == 0) {
        server_destroy(server);
    }
    sim_leave(&server_mutex);
}

void server_unref(struct labrpc_server *server)
{
    LAB_ASSERT(server->in_progress > 0);
    server->in_progress--;
    if (server->freed && server->in_progress == 0) {
        server_destroy(server);
    }
}

bool server_can_reply(const struct labrpc_server *server)
{
    if (server->freed) {
        return server->could_reply;
    }
    /* A node of a higher generation is up again, but has other threads. */
    return !server->node ||
           (sim_node_up(server->node) &&
            sim_node_generation(server->node) == server->generation);
}

bool server_is_up(const struct labrpc_server *server)
{
    return !server->freed && server_can_reply(server);
}

/* ---- Look-up -------------------------------------------------------------*/

/* A list of names for a message, cut off where it is full. */
struct names {
    char text[600];
    size_t size;
};

static void add_name(struct names *names, const char *name)
{
    LAB_ASSERT(names->size < sizeof(names->text));
    size_t room = sizeof(names->text) - names->size;
    int wanted = snprintf(names->text + names->size, room, "%s%s",
                          names->size ? ", " : "", name);
    size_t added = (size_t)wanted;
    names->size += added < room ? added : room - 1;
}

static struct service *find_service(struct labrpc_server *server,
                                    const struct method_name *name)
{
    struct service *service;
    HASH_FIND(hh, server->services, name->text, name->service_size, service);
    if (service) {
        return service;
    }
    struct names known = {.text = "none"};
    for (struct service *s = server->services; s; s = s->hh.next) {
        add_name(&known, s->name);
    }
    /* The names that there are: usually one is misspelt. */
    sim_fail(SIM_MISUSE,
             "call of %s: the server has no service \"%.*s\"; its services: "
             "%s",
             name->text, (int)name->service_size, name->text, known.text);
}

static const struct labrpc_method *find_method(const struct service *service,
                                               const struct method_name *name)
{
    const char *wanted = strrchr(name->text, '.');
    wanted = wanted ? wanted + 1 : name->text;
    for (size_t i = 0; service->methods[i]; i++) {
        if (strcmp(service->methods[i]->name, wanted) == 0) {
            return service->methods[i];
        }
    }
    struct names known = {.text = "none"};
    for (size_t i = 0; service->methods[i]; i++) {
        add_name(&known, service->methods[i]->name);
    }
    sim_fail(SIM_MISUSE,
             "call of %s: service %s has no method \"%s\"; add it to the list "
             "of its methods, which are: %s",
             name->text, service->name, wanted, known.text);
}

/* The bytes of one record mean nothing to another: the fields could not even
 * be told apart. */
static void check_record(const struct method_name *name, const char *what,
                         struct record_type *callers,
                         struct record_type *handlers)
{
    if (!record_same(callers, handlers)) {
        sim_fail(SIM_MISUSE,
                 "call of %s: for the %s the caller uses record %s {%s}, but "
                 "the handler uses record %s {%s}; use the same RECORD on both "
                 "sides",
                 name->text, what, callers->name, callers->fields,
                 handlers->name, handlers->fields);
    }
}

const struct binding *server_find(struct labrpc_server *server,
                                  const struct method_name *name,
                                  struct record_type *args_type,
                                  struct record_type *reply_type)
{
    /* Look-up by text only once per method and server: then by number. */
    if (name->number >= server->binding_count) {
        size_t count = name->number + 8;
        server->bindings =
            lab_xrealloc(server->bindings, count * sizeof(server->bindings[0]));
        memset(server->bindings + server->binding_count, 0,
               (count - server->binding_count) * sizeof(server->bindings[0]));
        server->binding_count = count;
    }
    struct binding *binding = &server->bindings[name->number];
    if (!binding->method) {
        const struct service *service = find_service(server, name);
        binding->method = find_method(service, name);
        binding->receiver = service->receiver;
    }
    check_record(name, "arguments", args_type, binding->method->args);
    check_record(name, "reply", reply_type, binding->method->reply);
    return binding;
}
