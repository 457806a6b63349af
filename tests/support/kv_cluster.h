/* kv_cluster.h - servers of the key/value lab on a network, for unit tests.
 * Layer: tests. On tester fibers.
 *
 * Servers run on the tester's heap, so that the sanitizers see what they leak
 * or use after it is freed, and end by kv_kill() or rsm_kill(). Where they are
 * to crash, they run on nodes instead. */
#ifndef TESTS_SUPPORT_KV_CLUSTER_H
#define TESTS_SUPPORT_KV_CLUSTER_H

#include "kvraft/kvraft.h"
#include "kvraft/rsm.h"
#include "labrpc/network.h"
#include "persister/store.h"
#include "raftapi/service.h"
#include "sim/sim.h"

enum { KV_SERVERS_MAX = 7 };

/* A machine that counts: the result of each command is how many there were,
 * as text, and the last command is kept. */
struct counter {
    uint64_t count, restored;
    struct bytes last;
};

struct kv_host {
    struct kv_cluster *cluster;
    int id, life;
    bool up;
    struct sim_node *node;
    struct persister *persister;
    struct apply_channel *apply;
    struct labrpc_end *ends[KV_SERVERS_MAX];
    struct labrpc_server *server;
    struct kv_server *kv; /* one of these two */
    struct rsm *rsm;
    struct counter counter;
};

struct kv_cluster {
    /* To be set before kv_cluster_up(). */
    int servers;
    bool counts;   /* rsm with a counter, not kv */
    bool on_nodes; /* they can crash */
    int64_t max_raft_state;

    struct labrpc_network *net;
    struct kv_host host[KV_SERVERS_MAX];
};

/* All servers up and connected, on a reliable network. */
void kv_cluster_up(struct kv_cluster *c);

/* End all; calls under way have returned when this does. */
void kv_cluster_down(struct kv_cluster *c);

/* Start a server that is down, from what it has saved. */
void kv_host_up(struct kv_cluster *c, int id);

/* End one in order (not on nodes); crash one (on nodes). */
void kv_host_down(struct kv_cluster *c, int id);
void kv_host_crash(struct kv_cluster *c, int id);

/* Cut a server off from the other servers, or take it back. */
void kv_connect(struct kv_cluster *c, int id, bool yes);

/* A clerk with an end to every server; and these ends, on or off. */
struct clerk *kv_clerk(struct kv_cluster *c, uint64_t id);
void kv_clerk_reaches(struct kv_cluster *c, uint64_t id, int server, bool yes);

/* The connected leader, waited for (up to 10 s); the rest of the servers. */
int kv_leader(struct kv_cluster *c);

/* Submit at any server until one has it executed. */
uint64_t kv_count(struct kv_cluster *c, const char *command);

/* Calls of one clerk, by text. The result of kv_get lives until the next. */
void kv_put(struct clerk *ck, const char *key, const char *value);
void kv_append(struct clerk *ck, const char *key, const char *value);
const char *kv_get(struct clerk *ck, const char *key);

/* A body to run in the simulator, and its argument. */
struct kv_scenario {
    void (*body)(void *argument);
    void *argument;
};

/* Run it under the three policies, with 20 seeds; each has to end well. */
void kv_scenario_ends_well(const struct kv_scenario *scenario);

#endif
