/* missing.c - lacks raft_snapshot and raft_kill.
 * Layer: tests. */
#include <stdlib.h>

#include "raftapi/raftapi.h"

RECORD(nothing, U64(unused));
RPC(Nothing, nothing, nothing);
RPCS(&rpc_Nothing);

struct raft {
    int me;
};

void on_Nothing(struct raft *rf, const struct nothing *args,
                struct nothing *reply)
{
    (void)rf;
    (void)args;
    (void)reply;
}

struct raft *raft_make(const struct raft_config *config)
{
    struct raft *rf = calloc(1, sizeof(*rf));
    struct nothing empty = {.unused = 0};
    rf->me = config->me;
    call_Nothing(config->peers[rf->me], &empty, &empty);
    return rf;
}

struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    (void)rf;
    (void)command;
    return (struct raft_start){.is_leader = false};
}

struct raft_state raft_get_state(struct raft *rf)
{
    (void)rf;
    return (struct raft_state){.is_leader = false};
}
