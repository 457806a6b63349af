/* oracle_calls.c - rules about terms, leaders and the results of calls.
 * Layer: tester/harness. The rules are listed in oracle.h.
 *
 * Results arrive late: while the result of one call is on its way, another call
 * may have shown a newer term. So a result is compared with what was known when
 * its call began, not with what is known now. */
#include "tester/harness/oracle_calls.h"

#include <inttypes.h>

#include "base/assert.h"
#include "tester/harness/oracle_state.h"

/* ---- Terms --------------------------------------------------------------*/

void oracle_note_term(struct oracle *oracle, int server, uint64_t term)
{
    LAB_ASSERT(server >= 0 && server < oracle->count);
    struct watched *watched = &oracle->servers[server];
    if (term > watched->term) {
        watched->term = term;
    }
}

/* ---- Leaders ------------------------------------------------------------*/

/* Election Safety (Figure 3). The same server may claim a term repeatedly: also
 * an old term, if it has not discovered the newer one yet. */
void oracle_claim(struct oracle *oracle, int server, uint64_t term)
{
    struct watched *watched = &oracle->servers[server];
    if (term == watched->led_term && term != 0) {
        return;
    }
    if (term > watched->led_term) {
        watched->led_term = term;
        watched->led_last = 0;
    }
    struct claim *claim;
    HASH_FIND(hh, oracle->claims, &term, sizeof(term), claim);
    if (!claim) {
        claim = lab_xcalloc(1, sizeof(*claim));
        claim->term = term;
        claim->server = server;
        HASH_ADD(hh, oracle->claims, term, sizeof(term), claim);
    } else if (claim->server != server) {
        oracle_complain(oracle, "election safety",
                        "servers %d and %d are both leader in term %" PRIu64
                        "; at most one leader can be elected in a term",
                        claim->server, server, term);
    }
}

/* ---- Calls --------------------------------------------------------------*/

/* The least term that a server can be in: the highest term in which it was seen
 * in this life, or which it led in an earlier life. A server that led a term
 * had saved the term, because its RequestVote RPCs and its vote for itself
 * require that (Figure 2, persistent state). Nothing else that the tester sees
 * proves that a term was saved: a server may report a term, crash before it is
 * saved, and lawfully restart without it. A single server sends no RPC, so for
 * it nothing is certain. */
static uint64_t least_term(const struct oracle *oracle, int server)
{
    const struct watched *watched = &oracle->servers[server];
    bool certain = oracle->count > 1 && watched->led_term > watched->term;
    return certain ? watched->led_term : watched->term;
}

struct oracle_call oracle_call_begins(const struct oracle *oracle, int server)
{
    LAB_ASSERT(server >= 0 && server < oracle->count);
    const struct watched *watched = &oracle->servers[server];
    return (struct oracle_call){
        .server = server,
        .life = watched->life,
        .term = least_term(oracle, server),
        .led_term = watched->led_term,
        .led_last = watched->led_last,
    };
}

static void check_term(struct oracle *oracle, const struct oracle_call *call,
                       const char *function, uint64_t term)
{
    if (term < call->term) {
        oracle_complain(oracle, "terms never go back",
                        "%s returned term %" PRIu64
                        " on server %d, which was in term %" PRIu64
                        " before; currentTerm only increases, over crashes too",
                        function, term, call->server, call->term);
    }
    if (oracle->servers[call->server].life == call->life) {
        oracle_note_term(oracle, call->server, term);
    }
}

void oracle_saw_state(struct oracle *oracle, const struct oracle_call *call,
                      struct raft_state state)
{
    struct watched *watched = &oracle->servers[call->server];
    check_term(oracle, call, "raft_get_state", state.term);
    if (watched->life == call->life) {
        watched->asked = true;
        watched->state = state;
    }
    if (state.is_leader) {
        oracle_claim(oracle, call->server, state.term);
    }
}

/* Leader Append-Only (Figure 3): if a leader accepts two commands in one term,
 * one call after the other, the later command has the higher index. */
void oracle_saw_start(struct oracle *oracle, const struct oracle_call *call,
                      struct raft_start start)
{
    struct watched *watched = &oracle->servers[call->server];
    if (!start.is_leader) {
        return; /* index and term have no meaning then */
    }
    check_term(oracle, call, "raft_start", start.term);
    oracle_claim(oracle, call->server, start.term);
    if (start.index == 0) {
        oracle_complain(oracle, "indexes start at 1",
                        "raft_start returned index 0 on server %d, leader in "
                        "term %" PRIu64 "; the first command gets index 1",
                        call->server, start.term);
    }
    if (start.term == call->led_term && start.index <= call->led_last) {
        oracle_complain(oracle, "leader append-only",
                        "raft_start returned index %" PRIu64
                        " on server %d, leader in term %" PRIu64
                        ", after it had returned index %" PRIu64
                        " in the same term; a leader only appends to its log",
                        start.index, call->server, start.term, call->led_last);
    }
    if (watched->life == call->life && start.term == watched->led_term &&
        start.index > watched->led_last) {
        watched->led_last = start.index;
    }
}
