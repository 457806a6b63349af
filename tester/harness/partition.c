/* partition.c - partitions of the network, and crashes of all servers.
 * Layer: tester/harness. See partition.h. */
#include "tester/harness/partition.h"

#include <stdio.h>

#include "base/assert.h"

#include "tester/harness/history.h"
#include "tester/harness/lab.h"
#include "tester/harness/server_calls.h"
#include "tester/harness/servers.h"

static const struct sim_event_kind event_partition = {"partition", {"side"}};

/* Connect the pairs of servers that are on one side, and no others. NULL: all
 * are on one side. */
static void enable_pairs(struct lab *lab, const bool *side)
{
    for (int i = 0; i < lab->count; i++) {
        struct server *server = &lab->servers[i];
        server->connected = sim_node_up(server->node);
        for (int k = 0; k < lab->count; k++) {
            labrpc_enable(lab->net, server->peer_names[k],
                          !side || side[i] == side[k]);
        }
    }
}

void cluster_connect_all(struct cluster *c)
{
    sim_event(&event_partition, 0, 0, 0, 0);
    history_note_fault(c->lab, "all servers are connected");
    enable_pairs(c->lab, NULL);
}

/* Describe the sides, "0 2 | 1 3 4", and return side `true` as a set of bits.
 */
static uint64_t describe(const struct lab *lab, const bool *side, char *text,
                         size_t room)
{
    uint64_t bits = 0;
    size_t used = 0;
    for (int round = 1; round >= 0; round--) {
        for (int i = 0; i < lab->count && used < room - 8; i++) {
            if (side[i] == (round == 1)) {
                used += (size_t)snprintf(text + used, room - used, "%d ", i);
                bits |= (uint64_t)round << i;
            }
        }
        used +=
            (size_t)snprintf(text + used, room - used, "%s", round ? "| " : "");
    }
    return bits;
}

void cluster_partition(struct cluster *c, const bool *side)
{
    char text[40];
    uint64_t bits = describe(c->lab, side, text, sizeof(text));
    sim_event(&event_partition, bits, 1, 0, 0);
    history_note_fault(c->lab, "partition %s", text);
    enable_pairs(c->lab, side);
}

/* The first server that says that it leads; server 0 if none does. */
static int find_leader(struct cluster *c)
{
    for (int i = 0; i < c->lab->count; i++) {
        struct server *server = &c->lab->servers[i];
        struct raft_state state = {.is_leader = false};
        if (server->raft && server_get_state(c->lab, server, &state) &&
            state.is_leader) {
            return i;
        }
    }
    return 0;
}

void cluster_partition_with_leader(struct cluster *c, bool *side)
{
    int leader = find_leader(c);
    int majority = c->lab->count / 2 + 1;
    for (int i = 0; i < c->lab->count; i++) {
        side[i] = i != leader && majority > 0;
        majority -= side[i];
    }
    LAB_ASSERT(majority == 0);
    cluster_partition(c, side);
}

void cluster_shutdown_all(struct cluster *c)
{
    history_note_fault(c->lab, "all servers crash");
    for (int i = 0; i < c->lab->count; i++) {
        cluster_crash(c, i);
    }
}

void cluster_start_all(struct cluster *c)
{
    history_note_fault(c->lab, "all servers start");
    for (int i = 0; i < c->lab->count; i++) {
        cluster_start(c, i);
    }
    cluster_connect_all(c);
}
