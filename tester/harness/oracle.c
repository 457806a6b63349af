/* oracle.c - rules about terms and leaders, and the oracle as a whole.
 * Layer: tester. The rules are listed in oracle.h.
 *
 * Results of calls come late: while the result of one call is on its way,
 * another may have shown a newer term. So a result is compared with what was
 * known when its call began, not with what is known now. */
#include "tester/harness/oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/assert.h"
#include "tester/harness/check.h"

struct claim {
    uint64_t term;
    int server;
    UT_hash_handle hh;
};

struct oracle *oracle_new(int servers, oracle_broken broken, void *context)
{
    LAB_ASSERT(servers > 0);
    struct oracle *oracle = lab_xcalloc(1, sizeof(*oracle));
    oracle->count = servers;
    oracle->servers = lab_xcalloc((size_t)servers, sizeof(struct watched));
    oracle->broken = broken;
    oracle->context = context;
    return oracle;
}

void oracle_of_service(struct oracle *oracle)
{
    oracle->of_service = true;
}

void oracle_free(struct oracle *oracle)
{
    struct claim *claim, *next;
    HASH_ITER (hh, oracle->claims, claim, next) {
        HASH_DEL(oracle->claims, claim);
        free(claim);
    }
    free(oracle->commits);
    free(oracle->leaders);
    free(oracle->applied);
    free(oracle->packed);
    free(oracle->servers);
    free(oracle);
}

void oracle_complain(struct oracle *oracle, const char *rule,
                     const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    oracle->broken(oracle->context, rule, sentence);
}

void *oracle_grow(void *array, size_t count, size_t *room, size_t element)
{
    if (count < *room) {
        return array;
    }
    *room = *room ? 2 * *room : 64;
    return lab_xrealloc(array, *room * element);
}

/* ---- Terms --------------------------------------------------------------*/

void oracle_note_term(struct oracle *oracle, int server, uint64_t term)
{
    struct watched *watched = &oracle->servers[server];
    if (term > watched->term) {
        watched->term = term;
    }
}

void oracle_boot(struct oracle *oracle, int server, struct bytes snapshot)
{
    LAB_ASSERT(server >= 0 && server < oracle->count);
    struct watched *watched = &oracle->servers[server];
    watched->life++;
    watched->term = 0;
    watched->led_last = 0;
    watched->asked = false;
    watched->reported = false;
    watched->applied = 0;
    watched->restored = oracle->of_service && snapshot.size > 0;
    if (!oracle->of_service && snapshot.size > 0) {
        uint64_t index = snapshot.size < 8 ? 0 : take_u64(snapshot.data);
        oracle_saw_snapshot(oracle, server, index, snapshot);
    }
}

/* ---- Leaders ------------------------------------------------------------*/

/* Election Safety (Figure 3). The same server may claim a term again and
 * again, also an old one that it still believes in. */
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
                        "servers %d and %d both lead term %" PRIu64
                        "; a term has at most one leader",
                        claim->server, server, term);
    }
}

/* ---- Calls --------------------------------------------------------------*/

/* The least term that a server can be in: the highest that it was seen in, in
 * this life, or that it led in an earlier one. A server that led a term had
 * saved it: its vote requests, and its vote for itself, depend on that
 * (Figure 2, persistent state). Nothing else that the tester sees proves that
 * a term was saved - a server may report a term, crash in the midst of saving
 * it, and lawfully come back without it. With one server no request leaves,
 * so nothing is certain. */
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
                        "%s says that server %d is in term %" PRIu64
                        "; it was in term %" PRIu64 " before",
                        function, call->server, term, call->term);
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

/* Leader Append-Only (Figure 3): two commands that a leader took in one term,
 * one call after the other, have different indexes, the later the higher. */
void oracle_saw_start(struct oracle *oracle, const struct oracle_call *call,
                      struct raft_start start)
{
    struct watched *watched = &oracle->servers[call->server];
    if (!start.is_leader) {
        return; /* then index and term mean nothing */
    }
    check_term(oracle, call, "raft_start", start.term);
    oracle_claim(oracle, call->server, start.term);
    if (start.index == 0) {
        oracle_complain(oracle, "indexes start at 1",
                        "server %d, leader of term %" PRIu64
                        ", promised index 0 to a command",
                        call->server, start.term);
    }
    if (start.term == call->led_term && start.index <= call->led_last) {
        oracle_complain(
            oracle, "leader append-only",
            "server %d, leader of term %" PRIu64 ", promised index %" PRIu64
            " after it had promised index %" PRIu64 " in the same term",
            call->server, start.term, start.index, call->led_last);
    }
    if (watched->life == call->life && start.term == watched->led_term &&
        start.index > watched->led_last) {
        watched->led_last = start.index;
    }
}

/* ---- Questions ----------------------------------------------------------*/

struct oracle_view oracle_look(const struct oracle *oracle, int server)
{
    const struct watched *watched = &oracle->servers[server];
    struct oracle_view view = {
        .reported = watched->reported,
        .asked = watched->asked,
    };
    if (watched->reported) {
        view.term = watched->report.term;
        view.role = watched->report.role;
        view.commit_index = watched->report.commit_index;
        view.last_index = watched->report.last_index;
    } else if (watched->asked) {
        view.term = watched->state.term;
        view.role = watched->state.is_leader ? LAB_LEADER : LAB_FOLLOWER;
    }
    return view;
}
