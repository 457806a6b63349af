/* servers.c - the servers of a test: start, crash, connect, disconnect.
 * Layer: tester/harness. See servers.h; order of actions: docs/labs.md §3.3. */
#include "tester/harness/servers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/assert.h"
#include "raftapi/service.h"
#include "tester/harness/applier.h"
#include "tester/harness/flows.h"
#include "tester/harness/lab.h"
#include "tester/harness/oracle.h"
#include "tester/harness/output.h"
#include "tester/harness/server_calls.h"

static const struct sim_event_kind event_start = {"start", {"server", "life"}};
static const struct sim_event_kind event_connect = {"connect", {"server"}};
static const struct sim_event_kind event_cut = {"disconnect", {"server"}};

/* ---- Connections --------------------------------------------------------*/

/* Switch both directions between a and b on or off. */
static void enable(struct lab *lab, const struct server *a,
                   const struct server *b, bool yes)
{
    labrpc_enable(lab->net, a->peer_names[b->index], yes);
    if (a != b) {
        labrpc_enable(lab->net, b->peer_names[a->index], yes);
    }
}

void cluster_connect(struct cluster *c, int index)
{
    struct lab *lab = c->lab;
    struct server *server = lab_server(c->lab, index);
    sim_event(&event_connect, (uint64_t)index, 0, 0, 0);
    server->connected = true;
    for (int i = 0; i < lab->count; i++) {
        if (lab->servers[i].connected) {
            enable(lab, server, &lab->servers[i], true);
        }
    }
}

void cluster_disconnect(struct cluster *c, int index)
{
    struct lab *lab = c->lab;
    struct server *server = lab_server(c->lab, index);
    sim_event(&event_cut, (uint64_t)index, 0, 0, 0);
    server->connected = false;
    for (int i = 0; i < lab->count; i++) {
        if (lab->servers[i].life > 0) {
            enable(lab, server, &lab->servers[i], false);
        }
    }
}

/* ---- Crash --------------------------------------------------------------*/

/* Give the server a copy of what it has saved, and return the original, to
 * which threads of the old life may still save without effect. */
static struct persister *replace_persister(struct server *server)
{
    struct persister *former = server->persister;
    server->persister = persister_copy(former);
    return former;
}

/* The applier frees the channel when it has seen its end. A service of the
 * server cannot: it is gone. */
static void forget_channel(struct server *server)
{
    if (server->lab->test->service) {
        apply_channel_free(server->apply);
    }
    server->apply = NULL;
}

/* Real threads cannot be stopped: make sure that nothing of what the server
 * still does has an effect, ask it to end, and wait for that. */
static void crash_real(struct server *server)
{
    struct persister *former = replace_persister(server);
    struct server_parts parts = server_take_parts(server);
    LAB_ASSERT(parts.raft); /* else require_made() has failed the test */
    labrpc_server_free(server->rpc);
    server->rpc = NULL;
    apply_channel_close(server->apply);
    server_end(server, parts);
    forget_channel(server);
    persister_free(former);
}

void cluster_crash(struct cluster *c, int index)
{
    struct lab *lab = c->lab;
    struct server *server = lab_server(c->lab, index);
    if (!sim_node_up(server->node)) {
        return;
    }
    /* First the network: no reply of the dying server may arrive (§1.3). */
    cluster_disconnect(c, index);
    labrpc_delete_server(lab->net, server->name);
    if (sim_is_real()) {
        crash_real(server);
        return;
    }
    server_take_parts(server);
    server->kill_returned = false;
    sim_node_crash(server->node); /* destroys raft, kv and rsm */
    output_flush(index);
    if (server->rpc) {
        labrpc_server_free(server->rpc);
        server->rpc = NULL;
    }
    apply_channel_close(server->apply);
    forget_channel(server);
    persister_free(replace_persister(server));
    LAB_ASSERT(!sim_node_up(server->node));
}

void cluster_shut_down(struct cluster *c, int index)
{
    struct server *server = lab_server(c->lab, index);
    if (sim_is_real()) {
        cluster_crash(c, index);
    } else if (sim_node_up(server->node)) {
        cluster_disconnect(c, index);
        apply_channel_close(server->apply);
        server_kill(server);
    }
}

/* ---- Start --------------------------------------------------------------*/

/* Make new ends under new names, so that no message of an earlier life is taken
 * for one of this life. They are not enabled. */
static void make_ends(struct lab *lab, struct server *server)
{
    for (int i = 0; i < lab->count; i++) {
        char *name = server->peer_names[i];
        if (server->life > 1) {
            labrpc_end_delete(lab->net, name);
        }
        snprintf(name, NAME_BYTES, "%d-%d/%" PRIu64, server->index, i,
                 server->life);
        server->peers[i] = labrpc_end_new(lab->net, name);
        labrpc_connect(lab->net, name, lab->servers[i].name);
    }
    flows_new_ends(lab, server);
}

static void boot(struct lab *lab, struct server *server)
{
    LAB_ASSERT(!sim_node_up(server->node));
    if (server->life > 1) { /* else it is as loaded */
        sim_image_reset(server->impl.image);
        if (server->service.image &&
            server->service.image != server->impl.image) {
            sim_image_reset(server->service.image);
        }
    }
    sim_node_boot(server->node);
    struct bytes snapshot = {NULL, 0};
    if (lab->test->snapshots || lab->test->service) {
        snapshot = persister_snapshot(server->persister);
    }
    oracle_boot(lab->oracle, server->index, snapshot);
    bytes_free(&snapshot);
}

static void require_made(struct cluster *c, const struct server *server)
{
    const char *maker = server_maker(c->lab);
    enum role service = c->lab->test->service;
    bool made = service == ROLE_KV    ? server->kv != NULL
                : service == ROLE_RSM ? server->rsm != NULL
                                      : server->raft != NULL;
    if (!made) {
        cluster_fail(c, "a server is made", "%s returned NULL on server %d",
                     maker, server->index);
    }
    if (!server->raft) {
        cluster_fail(c, "a server is made",
                     "%s returned on server %d without having called raft_make",
                     maker, server->index);
    }
}

void cluster_start(struct cluster *c, int index)
{
    struct lab *lab = c->lab;
    struct server *server = lab_server(c->lab, index);
    cluster_crash(c, index);
    server->life++;
    sim_event(&event_start, (uint64_t)index, server->life, 0, 0);
    make_ends(lab, server);
    boot(lab, server);
    struct apply_channel *apply = apply_channel_new(index);
    server->apply = apply;
    /* From here on the server runs: crash_at() may crash it at any time. */
    if (!server_make(lab, server) || !sim_node_up(server->node)) {
        server->raft = NULL;
        apply_channel_free(apply); /* the crash has forgotten it */
        return;
    }
    require_made(c, server);
    if (!lab->test->service) {
        applier_start(lab, server);
    }
    /* Last: handlers run as soon as the network knows the server. */
    server->rpc = labrpc_server_new(server->node);
    labrpc_server_add(server->rpc, "Raft", server->raft, server->impl.rpcs);
    if (server->kv) {
        labrpc_server_add(server->rpc, "KV", server->kv,
                          server->service.kv_rpcs);
    }
    labrpc_add_server(lab->net, server->name, server->rpc);
}

void cluster_restart(struct cluster *c, int index)
{
    cluster_start(c, index);
    if (is_running(c, index)) {
        cluster_connect(c, index);
    }
}

static void init_server(struct lab *lab, struct server *server, int index)
{
    char error[1024];
    size_t count = (size_t)lab->count;
    server->lab = lab;
    server->index = index;
    snprintf(server->name, sizeof(server->name), "server%d", index);
    server->node = sim_node_new("server", index);
    server->persister = persister_new();
    server->peers = lab_xcalloc(count, sizeof(server->peers[0]));
    server->peer_names = lab_xcalloc(count, sizeof(server->peer_names[0]));
    const struct lab_run *run = lab->run;
    if (!impl_load(run->impl, &server->impl, error, sizeof(error)) ||
        (lab->test->service &&
         !service_load(run->service, lab->test->service,
                       run->service == run->impl ? server->impl.image : NULL,
                       &server->service, error, sizeof(error)))) {
        sim_fail(SIM_BUG, "the plug-in cannot be loaded: %s", error);
    }
}

void lab_start_servers(struct cluster *c)
{
    struct lab *lab = c->lab;
    lab->servers = lab_xcalloc((size_t)lab->count, sizeof(struct server));
    for (int i = 0; i < lab->count; i++) {
        init_server(lab, &lab->servers[i], i);
    }
    for (int i = 0; i < lab->count; i++) {
        cluster_start(c, i);
    }
    for (int i = 0; i < lab->count; i++) {
        cluster_connect(c, i);
    }
}

/* ---- Questions ----------------------------------------------------------*/

int server_count(const struct cluster *c)
{
    return c->lab->count;
}

bool is_running(const struct cluster *c, int server)
{
    return lab_server(c->lab, server)->raft != NULL;
}

bool is_connected(const struct cluster *c, int server)
{
    return lab_server(c->lab, server)->connected;
}

bool server_answers(const struct server *server)
{
    return server->raft != NULL && server->connected &&
           !sim_node_paused(server->node);
}

/* ---- Network ------------------------------------------------------------*/

void set_reliable(struct cluster *c, bool yes)
{
    labrpc_reliable(c->lab->net, yes);
}

void set_long_reordering(struct cluster *c, bool yes)
{
    labrpc_long_reordering(c->lab->net, yes);
}

uint64_t rpc_count(const struct cluster *c)
{
    uint64_t count = 0;
    for (int i = 0; i < c->lab->count; i++) {
        count += labrpc_count(c->lab->net, c->lab->servers[i].name);
    }
    return count;
}

uint64_t rpc_bytes(const struct cluster *c)
{
    return labrpc_total_bytes(c->lab->net);
}
