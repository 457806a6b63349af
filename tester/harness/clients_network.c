/* clients_network.c - partitions and crashes of all servers, as the key/value
 * tests make them.
 * Layer: tester. Called on tester fibers. */
#include <stdarg.h>
#include <stdio.h>

#include "tester/harness/clients.h"
#include "tester/harness/clients_state.h"

static const struct sim_event_kind event_partition = {"partition", {"side"}};

void clients_note(struct lab *lab, const char *format, ...)
{
    struct clients *clients = lab->clients;
    if (!clients) {
        return;
    }
    if (clients->fault_count == clients->fault_room) {
        clients->fault_room =
            clients->fault_room ? 2 * clients->fault_room : 64;
        clients->faults = lab_xrealloc(
            clients->faults, clients->fault_room * sizeof(clients->faults[0]));
    }
    struct fault *fault = &clients->faults[clients->fault_count++];
    va_list arguments;
    va_start(arguments, format);
    fault->at = sim_now();
    vsnprintf(fault->what, sizeof(fault->what), format, arguments);
    va_end(arguments);
}

/* Each pair of servers is connected, or not. */
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
    clients_note(c->lab, "all servers are connected");
    enable_pairs(c->lab, NULL);
}

/* "0 2 | 1 3 4" */
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
    clients_note(c->lab, "partition %s", text);
    enable_pairs(c->lab, side);
}

/* The first that says that it leads; else server 0. */
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
    cluster_partition(c, side);
}

void cluster_shutdown_all(struct cluster *c)
{
    clients_note(c->lab, "all servers crash");
    for (int i = 0; i < c->lab->count; i++) {
        cluster_crash(c, i);
    }
}

void cluster_start_all(struct cluster *c)
{
    clients_note(c->lab, "all servers start");
    for (int i = 0; i < c->lab->count; i++) {
        cluster_start(c, i);
    }
    cluster_connect_all(c);
}

size_t snapshot_bytes_saved(const struct cluster *c)
{
    size_t most = 0;
    for (int i = 0; i < c->lab->count; i++) {
        size_t bytes = persister_snapshot_bytes(c->lab->servers[i].persister);
        most = bytes > most ? bytes : most;
    }
    return most;
}

void cluster_check_sizes(struct cluster *c)
{
    size_t limit = 8 * (size_t)c->lab->test->max_raft_state;
    size_t snapshot = snapshot_bytes_saved(c);
    /* A server that is behind for a moment may have more; not one that takes
     * no snapshots. */
    for (int i = 0; i < 100 && limit > 0 && log_bytes(c) > limit; i++) {
        sleep_ms(10);
    }
    size_t log = log_bytes(c);
    if (limit == 0) {
        REQUIRE(c, snapshot == 0, "no snapshots",
                "a server has saved a snapshot of %zu bytes; this test said "
                "that none are to be taken",
                snapshot);
    } else {
        REQUIRE(c, log <= limit, "log size",
                "a server saves %zu bytes of Raft state; with snapshots near "
                "%zu bytes it stays within %zu",
                log, limit / 8, limit);
    }
}
