/* oracle.h - what is checked of every Raft at every event of every test.
 * Layer: tester; includes base and raftapi.
 *
 * The oracle hears of events that the tester sees anyway: results of
 * raft_start() and raft_get_state(), messages of the apply channels, boots
 * and crashes, and, from implementations that say so, lab_state(). It never
 * calls into a server. Each event costs constant time (a snapshot: one pass
 * over its bytes).
 *
 * Its rules hold for every correct Raft under every schedule; oracle.c,
 * check_state.c and check_applied.c say why, rule by rule:
 *
 *   election safety          at most one server claims to lead a term
 *   terms never go back      per server, over crashes too
 *   leader append-only       a leader never gives one index twice in a term
 *   indexes start at 1       none is promised below
 *   state machine safety     equal commands at equal indexes
 *   commands are kept        what is applied was submitted, whole
 *   apply order              one after the other, without gaps or repeats;
 *                            snapshots only move forward
 *   snapshot content         a snapshot holds what its index says
 *   commit never goes back   per server, within one life
 *   commit within the log    commit index <= last index
 *   apply after commit       applied index <= commit index
 *   role change              no leader becomes candidate in its own term
 *   leader completeness      what was committed in a term is in the log of
 *                            every leader of a later one
 *
 * All calls on one OS thread; none waits. */
#ifndef TESTER_HARNESS_ORACLE_H
#define TESTER_HARNESS_ORACLE_H

#include "raftapi/service.h"
#include "tester/harness/cluster_command.h"

struct oracle;

/* broken is called with the rule and a sentence for each violation. It need
 * not return; if it does, the event is otherwise treated as if lawful. */
typedef void (*oracle_broken)(void *context, const char *rule,
                              const char *sentence);

struct oracle *oracle_new(int servers, oracle_broken broken, void *context);
void oracle_free(struct oracle *oracle);

/* Commands and snapshots are a service's own: of commands it matters only that
 * they are equal, of snapshots only where they end. */
void oracle_of_service(struct oracle *oracle);

/* ---- Lives of servers ---------------------------------------------------*/

/* A server starts, from this saved snapshot (empty: none), before anything of
 * it runs. */
void oracle_boot(struct oracle *oracle, int server, struct bytes snapshot);

/* ---- Calls --------------------------------------------------------------*/

/* What was known when a call began: its result may be no older than that.
 * (It may well be older than what was learnt while it ran.) */
struct oracle_call {
    int server;
    uint64_t life;               /* of the server; 1 after its first boot */
    uint64_t term;               /* of the server, at least */
    uint64_t led_term, led_last; /* a term it led, the last index given there */
};
struct oracle_call oracle_call_begins(const struct oracle *oracle, int server);

/* The results, as they arrive at the tester: perhaps when the server has
 * crashed and booted again. */
void oracle_saw_state(struct oracle *oracle, const struct oracle_call *call,
                      struct raft_state state);
void oracle_saw_start(struct oracle *oracle, const struct oracle_call *call,
                      struct raft_start start);

/* ---- Apply channels -----------------------------------------------------*/

/* A command, in any bytes, came out of a server's channel. */
void oracle_saw_command(struct oracle *oracle, int server, uint64_t index,
                        struct bytes command);

/* A snapshot did. */
void oracle_saw_snapshot(struct oracle *oracle, int server, uint64_t index,
                         struct bytes snapshot);

/* The snapshot of everything up to an index that was applied: a function of
 * the applied commands (plain ones), whoever makes it. The caller owns it. */
struct bytes oracle_make_snapshot(const struct oracle *oracle, uint64_t index);

/* ---- lab_state ----------------------------------------------------------*/

void oracle_saw_report(struct oracle *oracle,
                       const struct lab_state_report *report);

/* ---- Questions ----------------------------------------------------------*/

/* The committed copy of a server: everything that it has applied, kept over
 * crashes; where snapshots are taken, a restart begins with the saved one. */

/* How many servers have this index in their committed copy. */
int oracle_committed(const struct oracle *oracle, uint64_t index);

/* The command there; the index must have been applied by somebody, once. */
struct command oracle_command(const struct oracle *oracle, uint64_t index);

/* The highest index that anybody has applied; 0 none. */
uint64_t oracle_highest(const struct oracle *oracle);

/* The last index that a server has applied in its present life. */
uint64_t oracle_applied(const struct oracle *oracle, int server);

/* What is known of a server, for reports. */
struct oracle_view {
    bool reported; /* by lab_state() in its present life: all below; */
    bool asked;    /* else by raft_get_state(): term, role leader or not */
    uint64_t term;
    enum lab_role role;
    uint64_t commit_index, last_index;
};
struct oracle_view oracle_look(const struct oracle *oracle, int server);

#endif
