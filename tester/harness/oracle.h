/* oracle.h - checks every Raft of every test at every event.
 * Layer: tester/harness; includes base and raftapi.
 *
 * The tester shows the oracle the events that it sees anyway: results of
 * raft_start() and raft_get_state() (oracle_calls.h), messages of the apply
 * channels and starts of servers (oracle_apply.h), and what implementations say
 * by lab_state() (oracle_report.h). The oracle never calls a server. Each event
 * takes constant time; a snapshot takes one pass over its bytes.
 *
 * The rules hold for every correct Raft under every schedule. The .c file of
 * each header says why:
 *
 *   election safety          at most one server claims to lead a term
 *   terms never go back      per server, over crashes too
 *   leader append-only       a leader never returns one index twice in a term
 *   indexes start at 1       no command gets index 0
 *   state machine safety     equal commands at equal indexes
 *   commands are kept        what is applied is a submitted command, unchanged
 *   apply order              one index after the other, no gaps, no repeats;
 *                            snapshots only move forward
 *   snapshot content         a snapshot holds the commands up to its index
 *   commit never goes back   per server, within one life
 *   commit within the log    commit index <= last index
 *   apply after commit       applied index <= commit index
 *   role change              no leader becomes candidate in its own term
 *   leader completeness      what was committed in a term is in the log of
 *                            every leader of a later term
 *
 * Not thread-safe: one OS thread, or the caller's lock. Nothing waits. */
#ifndef TESTER_HARNESS_ORACLE_H
#define TESTER_HARNESS_ORACLE_H

#include "tester/harness/oracle_apply.h"
#include "tester/harness/oracle_calls.h"
#include "tester/harness/oracle_report.h"

/* Called with the rule and a sentence for each violation. It need not return;
 * if it does, the oracle treats the event as if it were lawful. */
typedef void (*oracle_broken)(void *context, const char *rule,
                              const char *sentence);

struct oracle *oracle_new(int servers, oracle_broken broken, void *context);
void oracle_free(struct oracle *oracle);

/* Commands and snapshots are those of a service: only check that commands are
 * equal and where snapshots end. */
void oracle_of_service(struct oracle *oracle);

/* What is known of a server, for failure texts. */
struct oracle_view {
    bool reported; /* it called lab_state() in its present life: all is known */
    bool asked;    /* else from raft_get_state(): the term, leader or not */
    uint64_t term;
    enum lab_role role;
    uint64_t commit_index, last_index;
};
struct oracle_view oracle_look(const struct oracle *oracle, int server);

#endif
