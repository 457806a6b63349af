/* impl.c - loading the Raft under test for one server.
 * Layer: tester. */
#include "tester/impl.h"

#include <stdio.h>
#include <string.h>

/* C has no conversion between object and function pointers; POSIX promises
 * that they have one representation. */
static bool take(struct sim_image *image, const char *name, void *to)
{
    void *symbol = sim_image_symbol(image, name);
    memcpy(to, &symbol, sizeof(symbol));
    return symbol != NULL;
}

static bool take_all(struct impl *impl)
{
    struct sim_image *image = impl->image;
    return take(image, "raft_make", &impl->make) &&
           take(image, "raft_start", &impl->start) &&
           take(image, "raft_get_state", &impl->get_state) &&
           take(image, "raft_snapshot", &impl->snapshot) &&
           take(image, "raft_kill", &impl->kill) &&
           take(image, "raft_rpcs", &impl->rpcs);
}

bool impl_load(struct sim_plugin *plugin, struct impl *impl, char *error,
               size_t error_bytes)
{
    *impl = (struct impl){.image = sim_image_load(plugin, error, error_bytes)};
    if (!impl->image) {
        return false;
    }
    if (!take_all(impl)) {
        snprintf(error, error_bytes,
                 "the plug-in lacks a function of raftapi.h");
        return false;
    }
    if (impl->rpcs[0]) {
        record_prepare_all(impl->rpcs[0]->args);
    }
    sim_image_keep(impl->image);
    return true;
}
