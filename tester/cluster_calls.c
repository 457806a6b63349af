/* cluster_calls.c - running the code of a server, on threads of the server.
 * Layer: tester. Called on tester fibers; each call waits for its result or
 * for the crash of the server. */
#include "base/assert.h"
#include "tester/cluster_state.h"

struct make_call {
    const struct impl *impl;
    struct raft_config config;
    struct raft *raft;
};

static void run_make(void *argument)
{
    struct make_call *call = argument;
    call->raft = call->impl->make(&call->config);
}

bool server_make(struct lab *lab, struct server *server)
{
    struct make_call call = {
        .impl = &server->impl,
        .config =
            {
                .me = server->index,
                .count = lab->count,
                .peers = server->peers,
                .persister = server->persister,
                .apply = server->apply,
            },
    };
    server->making = true;
    server->making_since = sim_now();
    bool returned = sim_node_call(server->node, "raft_make", run_make, &call);
    server->making = false;
    server->raft = returned ? call.raft : NULL;
    return returned;
}

struct start_call {
    const struct impl *impl;
    struct raft *raft;
    struct bytes command;
    struct raft_start result;
};

static void run_start(void *argument)
{
    struct start_call *call = argument;
    call->result = call->impl->start(call->raft, call->command);
}

bool server_start(struct lab *lab, struct server *server, struct bytes command,
                  struct raft_start *start)
{
    LAB_ASSERT(server->raft != NULL);
    struct start_call call = {
        .impl = &server->impl,
        .raft = server->raft,
        .command = command,
    };
    struct oracle_call seen = oracle_call_begins(lab->oracle, server->index);
    if (!sim_node_call(server->node, "raft_start", run_start, &call)) {
        return false;
    }
    oracle_saw_start(lab->oracle, &seen, call.result);
    *start = call.result;
    return true;
}

struct state_call {
    const struct impl *impl;
    struct raft *raft;
    struct raft_state result;
};

static void run_get_state(void *argument)
{
    struct state_call *call = argument;
    call->result = call->impl->get_state(call->raft);
}

bool server_get_state(struct lab *lab, struct server *server,
                      struct raft_state *state)
{
    LAB_ASSERT(server->raft != NULL);
    struct state_call call = {
        .impl = &server->impl,
        .raft = server->raft,
    };
    struct oracle_call seen = oracle_call_begins(lab->oracle, server->index);
    if (!sim_node_call(server->node, "raft_get_state", run_get_state, &call)) {
        return false;
    }
    oracle_saw_state(lab->oracle, &seen, call.result);
    *state = call.result;
    return true;
}

struct snapshot_call {
    const struct impl *impl;
    struct raft *raft;
    uint64_t index;
    struct bytes snapshot;
};

static void run_snapshot(void *argument)
{
    struct snapshot_call *call = argument;
    call->impl->snapshot(call->raft, call->index, call->snapshot);
}

bool server_snapshot(struct server *server, uint64_t index,
                     struct bytes snapshot)
{
    LAB_ASSERT(server->raft != NULL);
    struct snapshot_call call = {
        .impl = &server->impl,
        .raft = server->raft,
        .index = index,
        .snapshot = snapshot,
    };
    return sim_node_call(server->node, "raft_snapshot", run_snapshot, &call);
}

static void run_kill(void *argument)
{
    struct server *server = argument;
    server->impl.kill(server->raft);
    server->kill_returned = true;
}

void server_kill(struct server *server)
{
    sim_node_spawn(server->node, "raft_kill", run_kill, server);
}

struct end_call {
    const struct impl *impl;
    struct raft *raft;
};

static void run_end(void *argument)
{
    struct end_call *call = argument;
    call->impl->kill(call->raft);
}

void server_end(struct server *server, struct raft *raft)
{
    struct end_call call = {&server->impl, raft};
    sim_node_end(server->node, "raft_kill", run_end, &call);
}
