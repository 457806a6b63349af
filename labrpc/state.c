/* state.c - the tables of names: methods, servers' addresses, ends.
 * Layer: labrpc. Guarded by the mutex of the network. */
#include "labrpc/state.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/random.h"
#include "labrpc/server.h"

/* ---- Ends ----------------------------------------------------------------*/

struct labrpc_end *network_find_end(struct labrpc_network *net,
                                    const char *end_name)
{
    struct labrpc_end *end;
    HASH_FIND_STR(net->ends, end_name, end);
    if (!end) {
        LAB_BUG("labrpc: no end is named \"%s\"; create it first with "
                "labrpc_end_new()",
                end_name);
    }
    return end;
}

static void end_destroy(struct labrpc_end *end)
{
    LAB_ASSERT(end->in_progress == 0);
    free(end->name);
    free(end);
}

void end_unref(struct labrpc_end *end)
{
    LAB_ASSERT(end->in_progress > 0);
    end->in_progress--;
    if (end->deleted && end->in_progress == 0) {
        end_destroy(end);
    }
}

/* ---- Addresses of servers ------------------------------------------------*/

struct address *network_find_address(struct labrpc_network *net,
                                     const char *name)
{
    struct address *address;
    HASH_FIND_STR(net->addresses, name, address);
    if (!address) {
        address = lab_xcalloc(1, sizeof(*address));
        address->name = lab_xstrdup(name);
        HASH_ADD_KEYPTR(hh, net->addresses, address->name, strlen(name),
                        address);
    }
    return address;
}

void address_bind(struct address *address, struct labrpc_server *server)
{
    if (address->bound) {
        LAB_ASSERT(address->bound->bound > 0);
        address->bound->bound--;
    }
    address->bound = server;
    if (server) {
        server->bound++;
    }
}

/* ---- Methods -------------------------------------------------------------*/

const struct method_name *network_find_method(struct labrpc_network *net,
                                              const char *text)
{
    static const char waits[] = "the reply to ";
    struct method_name *name;
    size_t size = strlen(text);
    HASH_FIND(hh, net->methods, text, size, name);
    if (name) {
        return name;
    }
    name = lab_xcalloc(1, sizeof(*name));
    name->text = lab_xstrdup(text);
    name->what = lab_xmalloc(sizeof(waits) + size);
    snprintf(name->what, sizeof(waits) + size, "%s%s", waits, text);
    /* The last dot: the name of a service may contain some. */
    const char *dot = strrchr(text, '.');
    name->service_size = dot ? (size_t)(dot - text) : 0;
    name->digest = random_key_text(0, text); /* the same in every run */
    name->number = HASH_COUNT(net->methods);
    HASH_ADD_KEYPTR(hh, net->methods, name->text, size, name);
    return name;
}

/* ---- All -----------------------------------------------------------------*/

void network_free_names(struct labrpc_network *net)
{
    /* Deleted ends are in no table: their last calls have freed them. */
    struct labrpc_end *end, *next_end;
    HASH_ITER (hh, net->ends, end, next_end) {
        HASH_DEL(net->ends, end);
        end_destroy(end);
    }
    struct address *address, *next_address;
    HASH_ITER (hh, net->addresses, address, next_address) {
        HASH_DEL(net->addresses, address);
        free(address->name);
        free(address);
    }
    struct method_name *name, *next_name;
    HASH_ITER (hh, net->methods, name, next_name) {
        HASH_DEL(net->methods, name);
        free(name->text);
        free(name->what);
        free(name);
    }
}
