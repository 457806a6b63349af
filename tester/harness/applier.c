/* applier.c - the tester's own service above a Raft: takes what is applied.
 * Layer: tester/harness; one fiber of the tester for each life of a server.
 *
 * The oracle judges every message. If the test has snapshots, the applier makes
 * one after every tenth entry (indexes 9, 19, ...) and calls raft_snapshot()
 * before it takes the next message, as in the snapshot tests of 2022 to 2026.
 * So a Raft that holds its lock during apply_put() deadlocks. */
#include "tester/harness/applier.h"

#include <stdlib.h>

#include "base/assert.h"
#include "raftapi/service.h"
#include "tester/harness/oracle.h"
#include "tester/harness/server_calls.h"

enum { SNAPSHOT_INTERVAL = 10 };

static const struct sim_event_kind event_applied = {
    "applied", {"server", "index", "bytes", "digest"}};
static const struct sim_event_kind event_restored = {
    "restored", {"server", "index", "bytes", "digest"}};

struct applier {
    struct lab *lab;
    struct server *server;
    struct apply_channel *channel;
    uint64_t life;
};

static void take_snapshot(struct applier *applier, uint64_t index)
{
    struct bytes snapshot = oracle_make_snapshot(applier->lab->oracle, index);
    server_snapshot(applier->server, index, snapshot);
    bytes_free(&snapshot);
}

static void handle(struct applier *applier, const struct apply_msg *msg)
{
    struct lab *lab = applier->lab;
    int index = applier->server->index;
    LAB_ASSERT(!lab->test->service); /* else the service takes messages */
    sim_event(msg->is_snapshot ? &event_restored : &event_applied,
              (uint64_t)index, msg->index, msg->bytes.size,
              sim_digest(msg->bytes));
    if (!lab->test->snapshots) {
        if (!msg->is_snapshot) {
            oracle_saw_command(lab->oracle, index, msg->index, msg->bytes);
        }
    } else if (msg->is_snapshot) {
        oracle_saw_snapshot(lab->oracle, index, msg->index, msg->bytes);
    } else {
        oracle_saw_command(lab->oracle, index, msg->index, msg->bytes);
        if ((msg->index + 1) % SNAPSHOT_INTERVAL == 0) {
            take_snapshot(applier, msg->index);
        }
    }
}

/* What a server delivered just before its crash may arrive here after the
 * crash, or when it has been restarted. Then it is lost, as if it had not been
 * taken. */
static bool is_of_this_life(const struct applier *applier)
{
    return applier->server->life == applier->life &&
           applier->server->raft != NULL;
}

/* Wait until no thread uses the channel. A crash stops all threads at once; in
 * a real run they have to end by themselves. False: the test is over, and
 * threads of the server may use the channel to the end of the process. */
static bool channel_is_unused(const struct applier *applier)
{
    while (applier->server->life == applier->life &&
           sim_node_up(applier->server->node)) {
        if (applier->lab->body_done) {
            return false;
        }
        sim_sleep(SIM_MS);
    }
    return true;
}

static void run_applier(void *argument)
{
    struct applier *applier = argument;
    struct apply_msg msg;
    while (apply_take(applier->channel, &msg)) {
        if (is_of_this_life(applier)) {
            handle(applier, &msg);
        }
        bytes_free(&msg.bytes);
    }
    if (channel_is_unused(applier)) {
        apply_channel_free(applier->channel);
    }
    free(applier);
}

void applier_start(struct lab *lab, struct server *server)
{
    LAB_ASSERT(server->apply);
    struct applier *applier = lab_xcalloc(1, sizeof(*applier));
    *applier = (struct applier){lab, server, server->apply, server->life};
    sim_spawn("applier", run_applier, applier);
}
