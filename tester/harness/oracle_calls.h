/* oracle_calls.h - rules about the results of raft_start and raft_get_state.
 * Layer: tester/harness; includes raftapi. Part of oracle.h. */
#ifndef TESTER_HARNESS_ORACLE_CALLS_H
#define TESTER_HARNESS_ORACLE_CALLS_H

#include "raftapi/raftapi.h"

struct oracle;

/* What was known when a call began. Its result may not be older than that, but
 * it may be older than what became known while the call ran. */
struct oracle_call {
    int server;
    uint64_t life;               /* of the server; 1 after its first start */
    uint64_t term;               /* the server's term is at least this */
    uint64_t led_term, led_last; /* a term that it led, and the last index that
                                  * it returned there; 0: none */
};
struct oracle_call oracle_call_begins(const struct oracle *oracle, int server);

/* Check results as they arrive at the tester, which may be after a crash and a
 * restart of the server. */
void oracle_saw_state(struct oracle *oracle, const struct oracle_call *call,
                      struct raft_state state);
void oracle_saw_start(struct oracle *oracle, const struct oracle_call *call,
                      struct raft_start start);

/* ---- For the oracle -----------------------------------------------------*/

/* A server was in this term. */
void oracle_note_term(struct oracle *oracle, int server, uint64_t term);

/* A server claims to lead this term. */
void oracle_claim(struct oracle *oracle, int server, uint64_t term);

#endif
