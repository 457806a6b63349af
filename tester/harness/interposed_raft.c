/* interposed_raft.c - the functions of raftapi.h that a service under test
 * calls: they pass each call on to the server's Raft and show the oracle its
 * result.
 * Layer: tester/harness. Exported to plug-ins; run on threads of servers.
 *
 * The dynamic linker prefers a symbol of the program to one of a plug-in. So
 * a service calls these, whether its Raft is in the same plug-in or is the
 * reference.
 *
 * They are weak, because a program that contains a Raft of its own, like the
 * unit tests, must use that. */
#include "base/assert.h"
#include "tester/harness/lab.h"
#include "tester/harness/oracle.h"

#define INTERPOSED __attribute__((weak))

/* Guards the oracle: here, not only fibers of the tester use it. */
static struct sim_mutex mutex;

static struct server *here(const char *function)
{
    struct server *server = lab_server_here();
    if (!server) {
        sim_fail(SIM_MISUSE,
                 "%s was called on a thread that belongs to no server: by a "
                 "clerk or a constructor",
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

INTERPOSED struct raft *raft_make(const struct raft_config *config)
{
    struct server *server = here("raft_make");
    if (server->raft) {
        sim_fail(SIM_MISUSE, "raft_make was called twice on one server");
    }
    struct raft *raft = server->impl.make(config);
    server->raft = raft;
    return raft;
}

INTERPOSED struct raft_start raft_start(struct raft *rf, struct bytes command)
{
    struct server *server = here("raft_start");
    struct oracle_call call = call_begins(server);
    struct raft_start result = server->impl.start(rf, command);
    sim_enter(&mutex);
    oracle_saw_start(server->lab->oracle, &call, result);
    sim_leave(&mutex);
    return result;
}

INTERPOSED struct raft_state raft_get_state(struct raft *rf)
{
    struct server *server = here("raft_get_state");
    struct oracle_call call = call_begins(server);
    struct raft_state result = server->impl.get_state(rf);
    sim_enter(&mutex);
    oracle_saw_state(server->lab->oracle, &call, result);
    sim_leave(&mutex);
    return result;
}

INTERPOSED void raft_snapshot(struct raft *rf, uint64_t index,
                              struct bytes snapshot)
{
    here("raft_snapshot")->impl.snapshot(rf, index, snapshot);
}

INTERPOSED void raft_kill(struct raft *rf)
{
    here("raft_kill")->impl.kill(rf);
}
