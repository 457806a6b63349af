/* server_calls.c - runs code of a server on threads of that server.
 * Layer: tester/harness. See server_calls.h. */
#include "tester/harness/server_calls.h"

#include <string.h>

#include "base/assert.h"
#include "tester/harness/oracle.h"
#include "tester/harness/rsm_counter.h"

/* ---- Making a server -----------------------------------------------------*/

static struct raft_config raft_config(const struct server *server)
{
    return (struct raft_config){
        .me = server->index,
        .count = server->lab->count,
        .peers = server->peers,
        .persister = server->persister,
        .apply = server->apply,
    };
}

static int64_t max_raft_state(const struct lab *lab)
{
    return lab->test->max_raft_state > 0 ? lab->test->max_raft_state : -1;
}

static void run_make(void *argument)
{
    struct server *server = argument;
    struct raft_config config = raft_config(server);
    server->raft = server->impl.make(&config);
}

static void run_kv_make(void *argument)
{
    struct server *server = argument;
    struct kv_config config = {
        .raft = raft_config(server),
        .max_raft_state = max_raft_state(server->lab),
    };
    /* It calls raft_make(): interposed_raft.c sets server->raft. */
    server->kv = server->service.kv_make(&config);
}

static void run_rsm_make(void *argument)
{
    struct server *server = argument;
    struct rsm_config config = {
        .raft = raft_config(server),
        .max_raft_state = max_raft_state(server->lab),
        .machine = counter_machine(server),
    };
    server->rsm = server->service.rsm_make(&config);
}

/* The function that makes a server, by the service of the test. */
static const struct maker {
    const char *name;
    void (*run)(void *server);
} makers[] = {
    [0] = {"raft_make", run_make},
    [ROLE_KV] = {"kv_make", run_kv_make},
    [ROLE_RSM] = {"rsm_make", run_rsm_make},
};

const char *server_maker(const struct lab *lab)
{
    return makers[lab->test->service].name;
}

bool server_make(struct lab *lab, struct server *server)
{
    const struct maker *maker = &makers[lab->test->service];
    LAB_ASSERT(maker->run);
    LAB_ASSERT(!server->making);
    server->making = true;
    server->making_since = sim_now();
    server->raft = NULL;
    server->kv = NULL;
    server->rsm = NULL;
    bool returned =
        sim_node_call(server->node, maker->name, maker->run, server);
    server->making = false;
    if (!returned) {
        server->raft = NULL;
    }
    return returned;
}

/* ---- Calls of a Raft -----------------------------------------------------*/

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

/* ---- Calls of a service --------------------------------------------------*/

struct bytes copy_out(struct bytes from)
{
    struct bytes copy = {sim_framework_alloc(from.size + 1), from.size};
    if (from.size > 0) {
        memcpy(copy.data, from.data, from.size);
    }
    return copy;
}

struct submit_call {
    struct server *server;
    struct bytes command, result;
    bool done;
};

/* Copy the result here, on the server: after the return the server may crash,
 * and its heap is gone. */
static void run_submit(void *argument)
{
    struct submit_call *call = argument;
    struct server *server = call->server;
    struct bytes result = {NULL, 0};
    call->done =
        server->service.rsm_submit(server->rsm, call->command, &result);
    call->result = copy_out(result);
    bytes_free(&result);
}

bool server_submit(struct server *server, struct bytes command,
                   struct bytes *result, bool *done)
{
    LAB_ASSERT(server->rsm);
    struct submit_call call = {.server = server, .command = command};
    bool returned =
        sim_node_call(server->node, "rsm_submit", run_submit, &call);
    *result = call.result;
    *done = returned && call.done;
    return returned;
}

/* ---- Ending a server -----------------------------------------------------*/

struct server_parts server_take_parts(struct server *server)
{
    struct server_parts parts = {server->raft, server->kv, server->rsm};
    server->raft = NULL;
    server->kv = NULL;
    server->rsm = NULL;
    return parts;
}

struct end_call {
    struct server *server;
    struct server_parts parts;
};

static void end_parts(const struct server *server, struct server_parts parts)
{
    if (parts.kv) {
        server->service.kv_kill(parts.kv);
    } else if (parts.rsm) {
        server->service.rsm_kill(parts.rsm);
    } else {
        server->impl.kill(parts.raft);
    }
}

const char *server_killer(const struct server *server)
{
    return server->kv ? "kv_kill" : server->rsm ? "rsm_kill" : "raft_kill";
}

static void run_kill(void *argument)
{
    struct server *server = argument;
    end_parts(server,
              (struct server_parts){server->raft, server->kv, server->rsm});
    server->kill_returned = true;
}

void server_kill(struct server *server)
{
    LAB_ASSERT(server->raft);
    LAB_ASSERT(!server->kill_returned);
    sim_node_spawn(server->node, server_killer(server), run_kill, server);
}

static void run_end(void *argument)
{
    struct end_call *call = argument;
    end_parts(call->server, call->parts);
}

void server_end(struct server *server, struct server_parts parts)
{
    struct end_call call = {server, parts};
    LAB_ASSERT(sim_is_real());
    LAB_ASSERT(parts.raft);
    sim_node_end(server->node, "kill", run_end, &call);
}
