/* below.c - the functions of raftapi.h, as a service under test calls them.
 * Layer: tester. Exported to plug-ins.
 *
 * A symbol of the program wins over one of a plug-in. So these stand between
 * a service and its Raft, wherever that comes from: the same plug-in, or the
 * reference. Each passes the call on to the Raft of the server that runs, and
 * shows the oracle what came out.
 *
 * They are weak: a program that contains a Raft itself, like the unit tests,
 * has that instead. */
#include <stdlib.h>

#include "tester/harness/cluster_state.h"

#define BELOW __attribute__((weak))

static struct sim_mutex mutex; /* of the oracle, for threads of servers */

static struct server *here(const char *function)
{
    struct server *server = lab_server_here();
    if (!server) {
        sim_fail(SIM_MISUSE,
                 "%s was called where there is no server: by a clerk, a "
                 "constructor, or a machine",
                 function);
    }
    return server;
}

static struct oracle_call call_begins(const struct server *server)
{
    sim_enter(&mutex);
    struct oracle_call call =
        oracle_call_begins(server->lab->oracle, server->index);
    sim_leave(&mutex);
    return call;
}

BELOW struct raft *raft_make(const struct raft_config *config)
{
    struct server *server = here("raft_make");
    if (server->raft) {
        sim_fail(SIM_MISUSE, "raft_make was called twice on one server");
    }
    struct raft *raft = server->impl.make(config);
    server->raft = raft;
    return raft;
}

BELOW struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    struct server *server = here("raft_start");
    struct oracle_call call = call_begins(server);
    struct raft_start result = server->impl.start(rf, command);
    sim_enter(&mutex);
    oracle_saw_start(server->lab->oracle, &call, result);
    sim_leave(&mutex);
    return result;
}

BELOW struct raft_state raft_get_state(struct raft *rf)
{
    struct server *server = here("raft_get_state");
    struct oracle_call call = call_begins(server);
    struct raft_state result = server->impl.get_state(rf);
    sim_enter(&mutex);
    oracle_saw_state(server->lab->oracle, &call, result);
    sim_leave(&mutex);
    return result;
}

BELOW void raft_snapshot(struct raft *rf, uint64_t index, struct bytes snapshot)
{
    here("raft_snapshot")->impl.snapshot(rf, index, snapshot);
}

BELOW void raft_kill(struct raft *rf)
{
    here("raft_kill")->impl.kill(rf);
}
