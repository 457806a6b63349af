/* impl.h - the implementation under test as one server runs it: a Raft, and in
 * some labs a service above it.
 * Layer: tester/harness; includes base, sim, raftapi and kvraft. */
#ifndef TESTER_HARNESS_IMPL_H
#define TESTER_HARNESS_IMPL_H

#include "kvraft/kvraft.h"
#include "kvraft/rsm.h"
#include "raftapi/raftapi.h"
#include "sim/plugin.h"

/* What a plug-in implements: a set of bits. */
enum role {
    ROLE_RAFT = 1,
    ROLE_KV = 2,  /* a key/value service and its clerk */
    ROLE_RSM = 4, /* a replicated state machine */
};

/* The names that a plug-in must export for a set of roles: NULL-terminated,
 * valid until the next call. */
const char *const *role_exports(unsigned roles);

/* The roles whose first function the plug-in exports. */
unsigned roles_of(const struct sim_plugin *plugin);

/* The functions of raftapi.h in one image of a plug-in. */
struct impl {
    struct sim_image *image;
    struct raft *(*make)(const struct raft_config *config);
    struct raft_start (*start)(struct raft *rf, struct bytes command);
    struct raft_state (*get_state)(struct raft *rf);
    void (*snapshot)(struct raft *rf, uint64_t index, struct bytes snapshot);
    void (*kill)(struct raft *rf);
    const struct labrpc_method *const *rpcs;
};

/* The functions of kvraft.h, or those of rsm.h. */
struct service_impl {
    struct sim_image *image;
    struct kv_server *(*kv_make)(const struct kv_config *config);
    void (*kv_kill)(struct kv_server *kv);
    const struct labrpc_method *const *kv_rpcs;
    struct clerk *(*clerk_make)(const struct clerk_config *config);
    void (*clerk_free)(struct clerk *ck);
    struct bytes (*clerk_get)(struct clerk *ck, struct bytes key);
    void (*clerk_put)(struct clerk *ck, struct bytes key, struct bytes value);
    void (*clerk_append)(struct clerk *ck, struct bytes key,
                         struct bytes value);
    struct rsm *(*rsm_make)(const struct rsm_config *config);
    bool (*rsm_submit)(struct rsm *rsm, struct bytes command,
                       struct bytes *result);
    void (*rsm_kill)(struct rsm *rsm);
};

/* Load a private image, look up its functions and prepare its record types, so
 * that sim_image_reset() restores a server that has never run. Call it on a
 * fiber of the tester. On failure return false and write a message to error. */
bool impl_load(struct sim_plugin *plugin, struct impl *impl, char *error,
               size_t error_bytes);

/* The same for a service. image: the image of the same plug-in that this server
 * has loaded already; NULL: none, load one. */
bool service_load(struct sim_plugin *plugin, enum role role,
                  struct sim_image *image, struct service_impl *service,
                  char *error, size_t error_bytes);

#endif
