/* impl.h - the Raft under test, as loaded for one server.
 * Layer: tester; includes base, sim and raftapi. */
#ifndef TESTER_IMPL_H
#define TESTER_IMPL_H

#include "raftapi/raftapi.h"
#include "sim/plugin.h"

/* The functions of raftapi.h in one image of the plug-in. */
struct impl {
    struct sim_image *image;
    struct raft *(*make)(const struct raft_config *config);
    struct raft_start (*start)(struct raft *rf, struct bytes command);
    struct raft_state (*get_state)(struct raft *rf);
    void (*snapshot)(struct raft *rf, uint64_t index, struct bytes snapshot);
    void (*kill)(struct raft *rf);
    const struct labrpc_method *const *rpcs;
};

/* Load a private image, look its functions up and prepare its records, so
 * that sim_image_reset() gives back a server that has never run. On a fiber
 * of the tester. False, with a message, if that is not possible. */
bool impl_load(struct sim_plugin *plugin, struct impl *impl, char *error,
               size_t error_bytes);

#endif
