/* applier.c - the service above each Raft: takes what was committed.
 * Layer: tester; one fiber of the tester for each life of a server.
 *
 * The oracle judges every message. Where the test takes snapshots, one is
 * made after every tenth entry (indexes 9, 19, ...) and handed to the Raft
 * from here, as in the lab's snapshot tests of 2022 to 2026: so a Raft that
 * holds its lock while it delivers blocks itself. */
#include <stdlib.h>

#include "tester/harness/cluster_state.h"

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

/* What a dying server delivered last may arrive when it is dead or lives
 * again: it is lost then, as if it had not been taken. */
static bool is_of_this_life(const struct applier *applier)
{
    return applier->server->life == applier->life &&
           applier->server->raft != NULL;
}

/* Wait until nobody uses the channel: a crash is over at once, but in a real
 * run the server has to end. False: the test is over, threads of the server
 * may use it to the end. */
static bool server_is_gone(const struct applier *applier)
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
    if (server_is_gone(applier)) {
        apply_channel_free(applier->channel);
    }
    free(applier);
}

void applier_start(struct lab *lab, struct server *server)
{
    struct applier *applier = lab_xcalloc(1, sizeof(*applier));
    *applier = (struct applier){lab, server, server->apply, server->life};
    sim_spawn("applier", run_applier, applier);
}
