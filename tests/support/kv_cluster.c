/* kv_cluster.c - servers of the key/value lab on a network, for unit tests.
 * Layer: tests. */
#include "tests/support/kv_cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvraft/rsm_state.h"
#include "kvraft/server.h"
#include "sim/node.h"
#include "tests/support/sim_helper.h"

enum { NAME_BYTES = 48 };

/* ---- The counter --------------------------------------------------------*/

static struct bytes counter_execute(void *self, struct bytes command)
{
    struct counter *counter = self;
    char text[24];

    bytes_free(&counter->last);
    counter->last = bytes_copy(command);
    snprintf(text, sizeof(text), "%" PRIu64, ++counter->count);
    return bytes_copy(bytes_of_text(text));
}

static struct bytes counter_snapshot(void *self)
{
    struct counter *counter = self;
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, counter->count);
    return bytes_copy(bytes_of_text(text));
}

static uint64_t number_of(struct bytes text)
{
    char digits[24] = "";

    memcpy(digits, text.data, text.size);
    return strtoull(digits, NULL, 10);
}

static void counter_restore(void *self, struct bytes snapshot)
{
    struct counter *counter = self;

    counter->count = number_of(snapshot);
    counter->restored++;
}

/* ---- Servers ------------------------------------------------------------*/

static const char *peer_name(char *text, const struct kv_host *host, int to)
{
    snprintf(text, NAME_BYTES, "%d-%d/%d", host->id, to, host->life);
    return text;
}

static const char *server_name(char *text, int id)
{
    snprintf(text, NAME_BYTES, "server%d", id);
    return text;
}

static void make(void *argument)
{
    struct kv_host *host = argument;
    struct kv_cluster *c = host->cluster;
    struct raft_config raft = {.me = host->id,
                               .count = c->servers,
                               .peers = host->ends,
                               .persister = host->persister,
                               .apply = host->apply};
    struct rsm_machine machine = {.self = &host->counter,
                                  .execute = counter_execute,
                                  .snapshot = counter_snapshot,
                                  .restore = counter_restore};
    if (c->counts) {
        host->counter = (struct counter){0};
        host->rsm =
            rsm_make(&(struct rsm_config){.raft = raft,
                                          .max_raft_state = c->max_raft_state,
                                          .machine = machine});
    } else {
        host->kv = kv_make(&(struct kv_config){
            .raft = raft, .max_raft_state = c->max_raft_state});
    }
}

static void make_ends(struct kv_cluster *c, struct kv_host *host)
{
    char end[NAME_BYTES];
    char server[NAME_BYTES];

    host->life++;
    for (int i = 0; i < c->servers; i++) {
        host->ends[i] = labrpc_end_new(c->net, peer_name(end, host, i));
        labrpc_connect(c->net, end, server_name(server, i));
    }
}

static struct raft *raft_of(const struct kv_host *host)
{
    return host->kv ? host->kv->rsm->raft : host->rsm->raft;
}

void kv_host_up(struct kv_cluster *c, int id)
{
    struct kv_host *host = &c->host[id];
    char name[NAME_BYTES];

    LAB_ASSERT(!host->up);
    make_ends(c, host);
    host->apply = apply_channel_new(id);
    if (c->on_nodes) {
        sim_node_boot(host->node);
        bool made = sim_node_call(host->node, "make", make, host);
        LAB_ASSERT(made);
    } else {
        make(host);
    }
    host->server = labrpc_server_new(host->node);
    labrpc_server_add(host->server, "Raft", raft_of(host), raft_rpcs);
    if (host->kv) {
        labrpc_server_add(host->server, "KV", host->kv, kv_rpcs);
    }
    labrpc_add_server(c->net, server_name(name, id), host->server);
    host->up = true;
    kv_connect(c, id, true);
}

/* Off the network first, so that no request comes any more. */
static void leave_network(struct kv_cluster *c, struct kv_host *host)
{
    char name[NAME_BYTES];

    LAB_ASSERT(host->up);
    kv_connect(c, host->id, false);
    labrpc_delete_server(c->net, server_name(name, host->id));
    host->up = false;
}

static void forget(struct kv_host *host)
{
    labrpc_server_free(host->server);
    apply_channel_free(host->apply);
    host->kv = NULL;
    host->rsm = NULL;
}

/* Handlers that have begun may reach their server before it ends. */
void kv_host_down(struct kv_cluster *c, int id)
{
    struct kv_host *host = &c->host[id];

    LAB_ASSERT(!c->on_nodes);
    leave_network(c, host);
    apply_channel_close(host->apply);
    sim_sleep(10 * SIM_MS);
    if (host->kv) {
        kv_kill(host->kv);
    } else {
        rsm_kill(host->rsm);
    }
    bytes_free(&host->counter.last);
    forget(host);
}

void kv_host_crash(struct kv_cluster *c, int id)
{
    struct kv_host *host = &c->host[id];

    LAB_ASSERT(c->on_nodes);
    leave_network(c, host);
    sim_node_crash(host->node);
    apply_channel_close(host->apply);
    forget(host);
}

/* ---- The cluster --------------------------------------------------------*/

void kv_connect(struct kv_cluster *c, int id, bool yes)
{
    char name[NAME_BYTES];

    for (int i = 0; i < c->servers; i++) {
        labrpc_enable(c->net, peer_name(name, &c->host[id], i), yes);
        if (c->host[i].life > 0) {
            labrpc_enable(c->net, peer_name(name, &c->host[i], id), yes);
        }
    }
}

void kv_cluster_up(struct kv_cluster *c)
{
    c->net = labrpc_new(sim_seed());
    c->max_raft_state = c->max_raft_state > 0 ? c->max_raft_state : -1;
    for (int i = 0; i < c->servers; i++) {
        c->host[i] = (struct kv_host){
            .cluster = c, .id = i, .persister = persister_new()};
        if (c->on_nodes) {
            c->host[i].node = sim_node_new("server", i);
        }
    }
    for (int i = 0; i < c->servers; i++) {
        kv_host_up(c, i);
    }
}

void kv_cluster_down(struct kv_cluster *c)
{
    for (int i = 0; i < c->servers; i++) {
        struct kv_host *host = &c->host[i];
        if (host->up && c->on_nodes) {
            kv_host_crash(c, i);
        } else if (host->up) {
            kv_host_down(c, i);
        }
        if (host->node) {
            sim_node_free(host->node);
        }
        persister_free(host->persister);
    }
    sim_sleep(10 * SIM_SECOND);
    labrpc_free(c->net);
}

int kv_leader(struct kv_cluster *c)
{
    for (int tries = 0; tries < 1000; tries++) {
        int leader = -1;
        uint64_t term = 0;
        for (int i = 0; i < c->servers; i++) {
            if (!c->host[i].up) {
                continue;
            }
            struct raft_state state = raft_get_state(raft_of(&c->host[i]));
            if (state.is_leader && state.term > term) {
                leader = i;
                term = state.term;
            }
        }
        if (leader >= 0) {
            return leader;
        }
        sim_sleep(10 * SIM_MS);
    }
    LAB_BUG("no leader in 10 s");
}

/* ---- Clients ------------------------------------------------------------*/

static const char *clerk_end(char *text, uint64_t id, int server)
{
    snprintf(text, NAME_BYTES, "clerk%" PRIu64 "-%d", id, server);
    return text;
}

struct clerk *kv_clerk(struct kv_cluster *c, uint64_t id)
{
    struct labrpc_end *ends[KV_SERVERS_MAX];
    char end[NAME_BYTES];
    char server[NAME_BYTES];

    for (int i = 0; i < c->servers; i++) {
        ends[i] = labrpc_end_new(c->net, clerk_end(end, id, i));
        labrpc_connect(c->net, end, server_name(server, i));
        labrpc_enable(c->net, end, true);
    }
    return clerk_make(
        &(struct clerk_config){.count = c->servers, .servers = ends, .id = id});
}

void kv_clerk_reaches(struct kv_cluster *c, uint64_t id, int server, bool yes)
{
    char end[NAME_BYTES];

    labrpc_enable(c->net, clerk_end(end, id, server), yes);
}

uint64_t kv_count(struct kv_cluster *c, const char *command)
{
    for (int tries = 0; tries < 1000; tries++) {
        struct kv_host *host = &c->host[tries % c->servers];
        struct bytes result = {NULL, 0};
        if (host->up &&
            rsm_submit(host->rsm, bytes_of_text(command), &result)) {
            uint64_t count = number_of(result);
            bytes_free(&result);
            return count;
        }
        sim_sleep(10 * SIM_MS);
    }
    LAB_BUG("not executed in 10 s");
}

void kv_put(struct clerk *ck, const char *key, const char *value)
{
    clerk_put(ck, bytes_of_text(key), bytes_of_text(value));
}

void kv_append(struct clerk *ck, const char *key, const char *value)
{
    clerk_append(ck, bytes_of_text(key), bytes_of_text(value));
}

const char *kv_get(struct clerk *ck, const char *key)
{
    static char text[4096];
    struct bytes value = clerk_get(ck, bytes_of_text(key));

    LAB_ASSERT(value.size < sizeof(text));
    memcpy(text, value.size > 0 ? (char *)value.data : "", value.size);
    text[value.size] = '\0';
    bytes_free(&value);
    return text;
}

void kv_scenario_ends_well(const struct kv_scenario *scenario)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_ok(seed, SIM_RANDOM, scenario->body, scenario->argument);
        sim_ok(seed, SIM_FIFO, scenario->body, scenario->argument);
        sim_ok(seed, SIM_PCT, scenario->body, scenario->argument);
    }
}
