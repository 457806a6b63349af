/* clients.c - clerks of a key/value service, and their calls.
 * Layer: tester/harness. See clients.h. */
#include "tester/harness/clients.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "tester/harness/clients_state.h"
#include "tester/harness/lab.h"
#include "tester/harness/oracle.h"
#include "tester/harness/server_calls.h"

struct client {
    struct client *next; /* in the list of those that are done */
    int number;
    struct clerk *clerk;
    struct labrpc_end **ends; /* by server */
    char (*end_names)[NAME_BYTES];
};

void clients_begin(struct lab *lab)
{
    char error[1024];
    struct clients *clients = lab_xcalloc(1, sizeof(*clients));
    LAB_ASSERT(!lab->clients);
    lab->clients = clients;
    clients->node = sim_node_new("client", lab->count);
    clients->history = lin_history_new(&lin_kv);
    if (!service_load(lab->run->service, ROLE_KV, NULL, &clients->impl, error,
                      sizeof(error))) {
        sim_fail(SIM_BUG, "the plug-in cannot be loaded: %s", error);
    }
    sim_node_boot(clients->node);
}

uint64_t clients_ops(const struct lab *lab)
{
    return lab->clients ? lab->clients->ops : 0;
}

/* ---- Clerks --------------------------------------------------------------*/

struct make_call {
    const struct service_impl *impl;
    struct clerk_config config;
    struct clerk *clerk;
};

static void run_make(void *argument)
{
    struct make_call *call = argument;
    call->clerk = call->impl->clerk_make(&call->config);
}

void client_connect(struct cluster *c, struct client *client,
                    const bool *servers)
{
    for (int i = 0; i < c->lab->count; i++) {
        labrpc_enable(c->lab->net, client->end_names[i],
                      !servers || servers[i]);
    }
}

/* Shuffle the ends: else all clerks would try the same server first. */
static void shuffle(struct cluster *c, struct labrpc_end **ends)
{
    for (int i = c->lab->count - 1; i > 0; i--) {
        uint64_t k = lab_random(c, (uint64_t)i + 1);
        struct labrpc_end *other = ends[k];
        ends[k] = ends[i];
        ends[i] = other;
    }
}

struct client *client_new(struct cluster *c, const bool *servers)
{
    struct lab *lab = c->lab;
    LAB_ASSERT(lab->clients); /* the test has a key/value service */
    struct client *client = lab_xcalloc(1, sizeof(*client));
    size_t count = (size_t)lab->count;
    client->number = lab->clients->made++;
    client->ends = lab_xcalloc(count, sizeof(client->ends[0]));
    client->end_names = lab_xcalloc(count, sizeof(client->end_names[0]));
    for (int i = 0; i < lab->count; i++) {
        char *name = client->end_names[i];
        snprintf(name, NAME_BYTES, "clerk%d-%d", client->number, i);
        client->ends[i] = labrpc_end_new(lab->net, name);
        labrpc_connect(lab->net, name, lab->servers[i].name);
    }
    client_connect(c, client, servers);
    shuffle(c, client->ends);
    struct make_call call = {
        .impl = &lab->clients->impl,
        .config = {lab->count, client->ends, (uint64_t)client->number + 1},
    };
    sim_node_call(lab->clients->node, "clerk_make", run_make, &call);
    client->clerk = call.clerk;
    if (!client->clerk) {
        cluster_fail(c, "a clerk is made", "clerk_make returned NULL");
    }
    return client;
}

struct free_call {
    const struct service_impl *impl;
    struct clerk *clerk;
};

static void run_free(void *argument)
{
    struct free_call *call = argument;
    call->impl->clerk_free(call->clerk);
}

void client_free(struct cluster *c, struct client *client)
{
    struct lab *lab = c->lab;
    struct free_call call = {&lab->clients->impl, client->clerk};
    LAB_ASSERT(client->clerk);
    LAB_ASSERT(!client->next);
    sim_node_call(lab->clients->node, "clerk_free", run_free, &call);
    /* Its calls may still be on the network, so keep its ends. */
    client->next = lab->clients->done;
    lab->clients->done = client;
}

/* ---- Calls ---------------------------------------------------------------*/

struct clerk_call {
    const struct service_impl *impl;
    struct clerk *clerk;
    enum lin_function function;
    struct bytes key, value;
    bool is_value; /* what a get has returned can be a value */
};

/* Far more than any test writes: a larger size is not that of a value. */
#define VALUE_MAX ((size_t)64 << 20)

static void run_call(void *argument)
{
    struct clerk_call *call = argument;
    const struct service_impl *impl = call->impl;
    switch (call->function) {
    case LIN_WRITE:
        impl->clerk_put(call->clerk, call->key, call->value);
        return;
    case LIN_APPEND:
        impl->clerk_append(call->clerk, call->key, call->value);
        return;
    default:
        break;
    }
    struct bytes value = impl->clerk_get(call->clerk, call->key);
    call->is_value =
        value.size <= VALUE_MAX && (value.size == 0 || value.data != NULL);
    if (call->is_value) {
        call->value = copy_out(value);
        bytes_free(&value);
    } else {
        call->value = value; /* for the failure text; never read */
    }
}

static const char *function_name(enum lin_function function)
{
    return function == LIN_READ    ? "clerk_get"
           : function == LIN_WRITE ? "clerk_put"
                                   : "clerk_append";
}

/* The entry of a put or append is proposed after the call and applied before
 * the return (paper §8), so it has a higher index than all entries that had
 * been applied before the call. This finds clerks that never call a server. */
static void require_commit(struct cluster *c, enum lin_function function,
                           uint64_t highest_before)
{
    if (function != LIN_READ &&
        oracle_highest(c->lab->oracle) == highest_before) {
        cluster_fail(c, "a change is committed",
                     "%s returned, but no server has applied an entry since "
                     "it was called",
                     function_name(function));
    }
}

/* Call the clerk and record the call. `value` is what to put or append; return
 * the value of a get. */
static struct bytes call_clerk(struct cluster *c, struct client *client,
                               enum lin_function function, const char *key,
                               const char *value)
{
    struct clients *clients = c->lab->clients;
    struct clerk_call call = {
        .impl = &clients->impl,
        .clerk = client->clerk,
        .function = function,
        .key = bytes_of_text(key),
        .value = bytes_of_text(value),
    };
    struct lin_request request = {
        .at = (int64_t)sim_now(),
        .client = (uint32_t)client->number,
        .function = function,
        .key = call.key,
        .value = function == LIN_READ ? NULL : &call.value,
    };
    size_t op = lin_call(clients->history, &request);
    clients->ops++;
    uint64_t highest = oracle_highest(c->lab->oracle);
    sim_node_call(clients->node, function_name(function), run_call, &call);
    require_commit(c, function, highest);
    if (function == LIN_READ && !call.is_value) {
        cluster_fail(c, "a get returns a value",
                     "clerk_get returned %zu bytes%s", call.value.size,
                     call.value.data ? "" : " at a null pointer");
    }
    struct lin_response response = {
        .at = (int64_t)sim_now(),
        .value = function == LIN_READ ? &call.value : NULL,
    };
    lin_return(clients->history, op, &response);
    return call.value;
}

struct bytes client_get(struct cluster *c, struct client *client,
                        const char *key)
{
    return call_clerk(c, client, LIN_READ, key, "");
}

void client_put(struct cluster *c, struct client *client, const char *key,
                const char *value)
{
    call_clerk(c, client, LIN_WRITE, key, value);
}

void client_append(struct cluster *c, struct client *client, const char *key,
                   const char *value)
{
    call_clerk(c, client, LIN_APPEND, key, value);
}

void client_check(struct cluster *c, struct client *client, const char *key,
                  const char *value)
{
    struct bytes got = client_get(c, client, key);
    if (!bytes_equal(got, bytes_of_text(value))) {
        cluster_fail(c, "a get returns what was put",
                     "clerk_get of key \"%s\" returned \"%.*s\", not \"%s\"",
                     key, (int)(got.size < 100 ? got.size : 100),
                     (const char *)got.data, value);
    }
    bytes_free(&got);
}

/* ---- Appended pieces -----------------------------------------------------*/

/* The number of pieces of this client in the text. */
static int count_pieces(struct bytes text, int client)
{
    char beginning[32];
    int count = 0;
    size_t size =
        (size_t)snprintf(beginning, sizeof(beginning), "x %d ", client);
    const uint8_t *at = text.data, *end = text.data + text.size;
    while (at && (at = memmem(at, (size_t)(end - at), beginning, size))) {
        at += size;
        count++;
    }
    return count;
}

/* Find each piece behind the one before; there must be no others. */
void client_check_appends(struct cluster *c, int client, struct bytes text,
                          int count)
{
    size_t at = 0;
    LAB_ASSERT(count >= 0);
    for (int i = 0; i < count; i++) {
        char piece[64];
        size_t size =
            (size_t)snprintf(piece, sizeof(piece), "x %d %d y", client, i);
        const uint8_t *found =
            memmem(text.data + at, text.size - at, piece, size);
        if (!found) {
            bool earlier = memmem(text.data, text.size, piece, size) != NULL;
            cluster_fail(c, "every append once and in order",
                         "client %d appended \"%s\", but the value %s", client,
                         piece,
                         earlier ? "has it before pieces that the client "
                                   "appended earlier"
                                 : "does not contain it");
        }
        at = (size_t)(found - text.data) + size;
    }
    int pieces = count_pieces(text, client);
    if (pieces != count) {
        cluster_fail(c, "every append once and in order",
                     "client %d appended %d pieces, but the value contains %d "
                     "of its pieces: some were executed twice",
                     client, count, pieces);
    }
}
