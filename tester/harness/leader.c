/* leader.c - checks of leaders and terms.
 * Layer: tester/harness. See leader.h; numbers: docs/labs.md §3.3. */
#include "tester/harness/leader.h"

#include <inttypes.h>

#include "tester/harness/lab.h"
#include "tester/harness/server_calls.h"
#include "tester/harness/servers.h"

enum { ROUNDS = 10, ROUND_MS = 450, ROUND_SPREAD_MS = 100 };

static bool ask(struct cluster *c, int index, struct raft_state *state)
{
    struct server *server = &c->lab->servers[index];
    return server_answers(server) && server_get_state(c->lab, server, state);
}

/* Find the connected leader of the highest term; -1: none leads. */
static int find_leader(struct cluster *c)
{
    int leader = -1;
    uint64_t term = 0;
    for (int i = 0; i < c->lab->count; i++) {
        struct raft_state state;
        if (ask(c, i, &state) && state.is_leader &&
            (leader < 0 || state.term > term)) {
            leader = i;
            term = state.term;
        }
    }
    return leader;
}

int cluster_check_one_leader(struct cluster *c)
{
    for (int i = 0; i < ROUNDS; i++) {
        sleep_ms(ROUND_MS + lab_random(c, ROUND_SPREAD_MS));
        int leader = find_leader(c);
        if (leader >= 0) {
            return leader;
        }
    }
    cluster_fail(c, "one leader",
                 "no connected server became leader within %d s",
                 ROUNDS * (ROUND_MS + ROUND_SPREAD_MS / 2) / 1000);
}

void cluster_check_no_leader(struct cluster *c)
{
    int leader = find_leader(c);
    if (leader >= 0) {
        cluster_fail(c, "no leader without a majority",
                     "raft_get_state says that server %d is leader, but it is "
                     "connected to no majority of the servers",
                     leader);
    }
}

uint64_t cluster_check_terms(struct cluster *c)
{
    int first = -1;
    uint64_t term = 0;
    for (int i = 0; i < c->lab->count; i++) {
        struct raft_state state;
        if (!ask(c, i, &state)) {
            continue;
        }
        if (first >= 0 && state.term != term) {
            cluster_fail(c, "connected servers agree on the term",
                         "servers %d and %d are connected, but server %d is in "
                         "term %" PRIu64 " and server %d in term %" PRIu64,
                         first, i, first, term, i, state.term);
        }
        first = i;
        term = state.term;
    }
    return term;
}

bool cluster_all_in_term(struct cluster *c, uint64_t term)
{
    struct lab *lab = c->lab;
    for (int i = 0; i < lab->count; i++) {
        struct raft_state state;
        if (lab->servers[i].raft &&
            server_get_state(lab, &lab->servers[i], &state) &&
            state.term != term) {
            return false;
        }
    }
    return true;
}
