/* impl.c - loads the implementation under test for one server.
 * Layer: tester/harness. */
#include "tester/harness/impl.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"

/* ---- Roles ---------------------------------------------------------------*/

static const struct export
{
    enum role role;
    const char *name; /* the first of each role tells that it is there */
}
all_exports[] = {
    {ROLE_RAFT, "raft_make"},      {ROLE_RAFT, "raft_start"},
    {ROLE_RAFT, "raft_get_state"}, {ROLE_RAFT, "raft_snapshot"},
    {ROLE_RAFT, "raft_kill"},      {ROLE_RAFT, "raft_rpcs"},
    {ROLE_KV, "kv_make"},          {ROLE_KV, "kv_kill"},
    {ROLE_KV, "kv_rpcs"},          {ROLE_KV, "clerk_make"},
    {ROLE_KV, "clerk_free"},       {ROLE_KV, "clerk_get"},
    {ROLE_KV, "clerk_put"},        {ROLE_KV, "clerk_append"},
    {ROLE_RSM, "rsm_make"},        {ROLE_RSM, "rsm_submit"},
    {ROLE_RSM, "rsm_kill"},
};

enum { EXPORTS = sizeof(all_exports) / sizeof(all_exports[0]) };

const char *const *role_exports(unsigned roles)
{
    static const char *names[EXPORTS + 1];
    size_t count = 0;
    for (size_t i = 0; i < EXPORTS; i++) {
        if (roles & all_exports[i].role) {
            names[count++] = all_exports[i].name;
        }
    }
    names[count] = NULL;
    return names;
}

unsigned roles_of(const struct sim_plugin *plugin)
{
    unsigned roles = 0;
    for (size_t i = 0; i < EXPORTS; i++) {
        bool first = i == 0 || all_exports[i].role != all_exports[i - 1].role;
        if (first && sim_plugin_defines(plugin, all_exports[i].name)) {
            roles |= all_exports[i].role;
        }
    }
    return roles;
}

/* ---- Loading -------------------------------------------------------------*/

/* C does not convert object pointers to function pointers; POSIX guarantees
 * that both have the same representation. */
static bool take(struct sim_image *image, const char *name, void *to)
{
    void *symbol = sim_image_symbol(image, name);
    memcpy(to, &symbol, sizeof(symbol));
    return symbol != NULL;
}

static bool take_raft(struct impl *impl)
{
    struct sim_image *image = impl->image;
    return take(image, "raft_make", &impl->make) &&
           take(image, "raft_start", &impl->start) &&
           take(image, "raft_get_state", &impl->get_state) &&
           take(image, "raft_snapshot", &impl->snapshot) &&
           take(image, "raft_kill", &impl->kill) &&
           take(image, "raft_rpcs", &impl->rpcs);
}

static bool take_kv(struct service_impl *service)
{
    struct sim_image *image = service->image;
    return take(image, "kv_make", &service->kv_make) &&
           take(image, "kv_kill", &service->kv_kill) &&
           take(image, "kv_rpcs", &service->kv_rpcs) &&
           take(image, "clerk_make", &service->clerk_make) &&
           take(image, "clerk_free", &service->clerk_free) &&
           take(image, "clerk_get", &service->clerk_get) &&
           take(image, "clerk_put", &service->clerk_put) &&
           take(image, "clerk_append", &service->clerk_append);
}

static bool take_rsm(struct service_impl *service)
{
    struct sim_image *image = service->image;
    return take(image, "rsm_make", &service->rsm_make) &&
           take(image, "rsm_submit", &service->rsm_submit) &&
           take(image, "rsm_kill", &service->rsm_kill);
}

static bool complete(struct sim_image *image,
                     const struct labrpc_method *const *rpcs, bool taken,
                     const char *header, char *error, size_t error_bytes)
{
    if (!taken) {
        snprintf(error, error_bytes, "the plug-in lacks a function of %s",
                 header);
        return false;
    }
    /* Now, so that sim_image_reset() restores prepared records. */
    if (rpcs && rpcs[0]) {
        record_prepare_all(rpcs[0]->args);
    }
    sim_image_keep(image);
    return true;
}

bool impl_load(struct sim_plugin *plugin, struct impl *impl, char *error,
               size_t error_bytes)
{
    *impl = (struct impl){.image = sim_image_load(plugin, error, error_bytes)};
    if (!impl->image) {
        return false;
    }
    bool taken = take_raft(impl);
    return complete(impl->image, impl->rpcs, taken, "raftapi.h", error,
                    error_bytes);
}

bool service_load(struct sim_plugin *plugin, enum role role,
                  struct sim_image *image, struct service_impl *service,
                  char *error, size_t error_bytes)
{
    LAB_ASSERT(role == ROLE_KV || role == ROLE_RSM);
    *service = (struct service_impl){.image = image};
    if (!image) {
        service->image = sim_image_load(plugin, error, error_bytes);
    }
    if (!service->image) {
        return false;
    }
    bool kv = role == ROLE_KV;
    bool taken = kv ? take_kv(service) : take_rsm(service);
    return complete(service->image, service->kv_rpcs, taken,
                    kv ? "kvraft.h" : "rsm.h", error, error_bytes);
}
