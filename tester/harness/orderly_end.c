/* orderly_end.c - ends the servers after the body of a test.
 * Layer: tester/harness. See orderly_end.h. */
#include "tester/harness/orderly_end.h"

#include <stdio.h>

#include "base/assert.h"
#include "raftapi/service.h"
#include "tester/harness/server_calls.h"

/* Handlers that have begun may finish before raft_kill(). Calls to disconnected
 * ends take up to 7 s (docs/labs.md §1.3), hence the long limit. */
static const sim_ns handlers_finish = 100 * SIM_MS;
static const sim_ns kill_limit = 20 * SIM_SECOND;
static const sim_ns first_pause = 10 * SIM_MS;
static const sim_ns longest_pause = SIM_SECOND;

/* From here on nothing reaches the servers: no request, no result of
 * apply_put(), no check. */
static void isolate(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        struct server *server = &lab->servers[i];
        if (!server->raft) {
            continue;
        }
        apply_channel_close(server->apply);
        labrpc_delete_server(lab->net, server->name);
        labrpc_server_free(server->rpc);
        server->rpc = NULL;
        server->connected = false;
        for (int k = 0; k < lab->count; k++) {
            labrpc_enable(lab->net, server->peer_names[k], false);
        }
    }
}

static bool is_over(const struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        const struct server *server = &lab->servers[i];
        if (server->raft &&
            (!server->kill_returned || sim_node_threads(server->node) > 0)) {
            return false;
        }
    }
    return true;
}

static void note_leftovers(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        const struct server *server = &lab->servers[i];
        char text[128];
        size_t threads = sim_node_threads(server->node);
        if (!server->raft || (server->kill_returned && threads == 0)) {
            continue;
        }
        snprintf(text, sizeof(text),
                 "server %d: %s %s, and 20 s later %zu of its threads still "
                 "exist",
                 i, server_killer(server),
                 server->kill_returned ? "has returned" : "has not returned",
                 threads);
        lab_note(lab, text);
    }
}

static void end_real(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        if (lab->servers[i].raft) {
            server_end(&lab->servers[i], server_take_parts(&lab->servers[i]));
        }
    }
}

void lab_orderly_end(struct lab *lab)
{
    LAB_ASSERT(!lab->body_done);
    lab->body_done = true;
    lab->body_end = sim_now();
    lab->verdict->file[0] = '\0'; /* the test executes no step */
    lab_state_observe(NULL);
    isolate(lab);
    if (sim_is_real()) {
        end_real(lab);
        return;
    }
    sim_sleep(handlers_finish);
    for (int i = 0; i < lab->count; i++) {
        if (lab->servers[i].raft) {
            server_kill(&lab->servers[i]);
        }
    }
    sim_ns end = sim_now() + kill_limit;
    sim_ns pause = first_pause;
    while (!is_over(lab) && sim_now() < end) {
        sim_sleep(pause);
        pause = pause < longest_pause ? 2 * pause : pause;
    }
    note_leftovers(lab);
}
