/* network.c - networks, their ends, bindings, modes and counters.
 * Layer: labrpc. Guarded by the mutex of the network. */
#include "labrpc/network.h"

#include "base/assert.h"
#include "base/random.h"
#include "labrpc/check.h"
#include "labrpc/fate.h"
#include "labrpc/server.h"

#define LATENCY_LEAST (200 * SIM_US)
#define LATENCY_MOST  (600 * SIM_US)

/* ---- The network ---------------------------------------------------------*/

struct labrpc_network *labrpc_new(uint64_t seed)
{
    struct labrpc_network *net = sim_framework_alloc(sizeof(*net));
    *net = (struct labrpc_network){
        .reliable = true,
        .latency_least = LATENCY_LEAST,
        .latency_most = LATENCY_MOST,
    };
    /* A stream of the network's own: the scheduler draws from the seed, too. */
    net->key = random_key_text(seed, "labrpc");
    return net;
}

void labrpc_cleanup(struct labrpc_network *net)
{
    sim_enter(&net->mutex);
    net->cleaned_up = true;
    sim_leave(&net->mutex);
}

void labrpc_free(struct labrpc_network *net)
{
    sim_enter(&net->mutex);
    LAB_ASSERT(!net->freed);
    net->cleaned_up = true;
    net->freed = true;
    /* Without servers every call in progress finds its server gone. */
    for (struct address *address = net->addresses; address;
         address = address->hh.next) {
        address_bind(address, NULL);
    }
    /* A reference of our own: the calls released here may be the last. */
    net->in_progress++;
    fate_discard_all(net);
    check_all(net);
    bool last = --net->in_progress == 0;
    sim_leave(&net->mutex);
    if (last) {
        network_destroy(net);
    }
}

/* ---- Modes and counters --------------------------------------------------*/

void labrpc_reliable(struct labrpc_network *net, bool yes)
{
    sim_enter(&net->mutex);
    net->reliable = yes;
    sim_leave(&net->mutex);
}

void labrpc_long_reordering(struct labrpc_network *net, bool yes)
{
    sim_enter(&net->mutex);
    net->long_reordering = yes;
    sim_leave(&net->mutex);
}

void labrpc_long_delays(struct labrpc_network *net, bool yes)
{
    sim_enter(&net->mutex);
    net->long_delays = yes;
    sim_leave(&net->mutex);
}

void labrpc_latency(struct labrpc_network *net, sim_ns least, sim_ns most)
{
    LAB_ASSERT(least <= most);
    sim_enter(&net->mutex);
    net->latency_least = least;
    net->latency_most = most;
    sim_leave(&net->mutex);
}

bool labrpc_is_reliable(const struct labrpc_network *net)
{
    return net->reliable;
}

bool labrpc_has_long_delays(const struct labrpc_network *net)
{
    return net->long_delays;
}

uint64_t labrpc_total_count(const struct labrpc_network *net)
{
    return net->count;
}

uint64_t labrpc_total_bytes(const struct labrpc_network *net)
{
    return net->bytes;
}

/* ---- Ends ----------------------------------------------------------------*/

struct labrpc_end *labrpc_end_new(struct labrpc_network *net,
                                  const char *end_name)
{
    sim_enter(&net->mutex);
    struct labrpc_end *end;
    HASH_FIND_STR(net->ends, end_name, end);
    if (end) {
        LAB_BUG("labrpc: an end named \"%s\" exists already", end_name);
    }
    end = lab_xcalloc(1, sizeof(*end));
    end->net = net;
    end->name = lab_xstrdup(end_name);
    end->id = ++net->ends_made;
    /* Keyed by the name, not the number: another end more or less does not
     * change what happens on this one. */
    uint64_t key = random_key_text(net->key, end_name);
    for (size_t i = 0; i < DRAW_COUNT; i++) {
        end->key[i] = random_key(key, i);
    }
    HASH_ADD_KEYPTR(hh, net->ends, end->name, strlen(end_name), end);
    sim_leave(&net->mutex);
    return end;
}

void labrpc_end_delete(struct labrpc_network *net, const char *end_name)
{
    sim_enter(&net->mutex);
    struct labrpc_end *end = network_find_end(net, end_name);
    LAB_ASSERT(!end->deleted);
    HASH_DEL(net->ends, end);
    end->enabled = false;
    end->deleted = true;
    end->in_progress++; /* our own, while its calls are checked */
    check_all(net);
    end_unref(end);
    sim_leave(&net->mutex);
}

void labrpc_enable(struct labrpc_network *net, const char *end_name, bool yes)
{
    sim_enter(&net->mutex);
    struct labrpc_end *end = network_find_end(net, end_name);
    end->enabled = yes;
    /* Only a disabled end makes a server gone. Enabling needs no check: one
     * that is scheduled finds out by itself. */
    if (!yes) {
        check_all(net);
    }
    sim_leave(&net->mutex);
}

/* ---- Bindings ------------------------------------------------------------*/

void labrpc_connect(struct labrpc_network *net, const char *end_name,
                    const char *server_name)
{
    sim_enter(&net->mutex);
    network_find_end(net, end_name)->address =
        network_find_address(net, server_name);
    sim_leave(&net->mutex);
}

void labrpc_add_server(struct labrpc_network *net, const char *server_name,
                       struct labrpc_server *server)
{
    sim_enter(&net->mutex);
    LAB_ASSERT(!server->freed && !net->freed);
    /* Calls in progress to the former server must see it gone. */
    address_bind(network_find_address(net, server_name), server);
    check_all(net);
    sim_leave(&net->mutex);
}

void labrpc_delete_server(struct labrpc_network *net, const char *server_name)
{
    sim_enter(&net->mutex);
    address_bind(network_find_address(net, server_name), NULL);
    check_all(net);
    sim_leave(&net->mutex);
}

uint64_t labrpc_count(struct labrpc_network *net, const char *server_name)
{
    sim_enter(&net->mutex);
    const struct labrpc_server *server =
        network_find_address(net, server_name)->bound;
    /* Of this object alone: after a restart the count begins at 0. */
    uint64_t count = server ? server->count : 0;
    sim_leave(&net->mutex);
    return count;
}
