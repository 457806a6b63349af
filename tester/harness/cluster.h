/* cluster.h - what the body of a lab test works with.
 * Layer: tester; includes base and raftapi.
 *
 * A body gets a cluster whose servers all run and are connected. What it asks
 * for either happens or fails the test, with the place in the body. The
 * numbers (how long, how often) are those of docs/labs.md §3.3.
 *
 * Servers are 0 .. n-1; arithmetic on server numbers is the body's (% n). A
 * helper thread of a test has a cluster handle of its own: the same servers,
 * but its own place and its own stream of random numbers, so that what it
 * draws does not depend on who runs when. */
#ifndef TESTER_HARNESS_CLUSTER_H
#define TESTER_HARNESS_CLUSTER_H

#include "raftapi/raftapi.h"
#include "tester/harness/cluster_command.h"
#include "tester/harness/test.h"

/* Long enough for an election; a unit of waiting, unknown to the Rafts. */
#define RAFT_ELECTION_TIMEOUT_MS 1000

/* Persisted state stays below this where snapshots are taken: about 90
 * entries of 16 bytes, as 2000 bytes are in the original. */
#define LOG_BYTES_LIMIT 2000

#define ALL_SERVERS (-1)       /* as many as there are */
#define ANY_TERM    UINT64_MAX /* wait_commit(): whatever happens to terms */

enum retry { NO_RETRY, RETRY };

/* Remember where the test is; every step below goes through here. */
struct cluster *cluster_at(struct cluster *c, const char *file, int line);
#define HERE(c) cluster_at((c), __FILE__, __LINE__)

/* ---- Agreement ----------------------------------------------------------*/

/* Submit a command to whoever leads, and wait until `expected` servers have
 * applied it. Returns its index. With RETRY it is submitted again when that
 * takes more than 2 s, for 10 s in all. Fails if that is not enough. */
#define agree(c, value, expected, retry)                                       \
    cluster_agree(HERE(c), (struct command){(value), COMMAND_BYTES},           \
                  (expected), (retry))
/* The same with a longer command. */
#define agree_sized(c, value, bytes, expected, retry)                          \
    cluster_agree(HERE(c), (struct command){(value), (bytes)}, (expected),     \
                  (retry))

/* Submit a command at one server; no leader if it is crashed. */
#define submit(c, server, value) cluster_submit(HERE(c), (server), (value))

/* How many servers have applied an index, and the value there (the index
 * must have been applied by one at least). */
#define committed(c, index)       cluster_committed(HERE(c), (index))
#define committed_value(c, index) cluster_committed_value(HERE(c), (index))

/* Wait, about 30 s, until that many servers have applied an index, and store
 * the value (which may be NULL). False if a server gets beyond the term
 * meanwhile. Fails if time runs out. */
#define wait_commit(c, index, expected, term, value)                           \
    cluster_wait_commit(HERE(c), (index), (expected), (term), (value))

/* ---- Leaders and terms --------------------------------------------------*/

/* Ask, for about 5 s, until a connected server leads; returns the one of the
 * highest term. Fails if there is none, or two in a term. */
#define check_one_leader(c) cluster_check_one_leader(HERE(c))

/* Fails if a connected server says that it leads. */
#define check_no_leader(c) cluster_check_no_leader(HERE(c))

/* The term that all connected servers agree on; fails if they do not. */
#define check_terms(c) cluster_check_terms(HERE(c))

/* Is every running server in this term? */
#define all_in_term(c, term) cluster_all_in_term(HERE(c), (term))

/* ---- Servers and network ------------------------------------------------*/

/* kill -9: cut off, stop, keep what was saved. */
#define crash(c, server)     cluster_crash(HERE(c), (server))
#define shut_down(c, server) cluster_shut_down(HERE(c), (server))

/* Start (crash it first, if it runs) from what was saved; not connected. */
#define start_server(c, server) cluster_start(HERE(c), (server))

/* Start and connect. */
#define restart(c, server) cluster_restart(HERE(c), (server))

/* Both directions, to and from every other connected server. */
#define connect_server(c, server) cluster_connect(HERE(c), (server))
#define disconnect(c, server)     cluster_disconnect(HERE(c), (server))

int server_count(const struct cluster *c);
bool is_running(const struct cluster *c, int server);
bool is_connected(const struct cluster *c, int server);

void set_reliable(struct cluster *c, bool yes);
void set_long_reordering(struct cluster *c, bool yes);

/* Requests that reached the servers that run now; bytes that calls took since
 * the network was made; the largest saved state of a server. */
uint64_t rpc_count(const struct cluster *c);
uint64_t rpc_bytes(const struct cluster *c);
size_t log_bytes(const struct cluster *c);

/* ---- Time, chance, threads ----------------------------------------------*/

void sleep_ms(uint64_t ms);

/* 0 .. bound-1, from this thread's stream of the seed. */
uint64_t lab_random(struct cluster *c, uint64_t bound);

/* A value that no other command of the test will have (nearly surely). */
uint64_t random_value(struct cluster *c);

/* Run fn(handle, argument) on a thread of its own. The handle lives until
 * join() returns. A check that fails there ends the test, too. */
struct helper;
struct helper *spawn(struct cluster *c,
                     void (*fn)(struct cluster *c, void *argument),
                     void *argument);
void join(struct helper *helper);

/* ---- Verdicts -----------------------------------------------------------*/

/* Fail the test if the fact does not hold: the rule's name and a sentence. */
#define REQUIRE(c, fact, rule, ...)                                            \
    ((fact) ? (void)0 : cluster_fail(HERE(c), (rule), __VA_ARGS__))

/* Something worth knowing, which fails nothing. */
void note(struct cluster *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- Behind the macros --------------------------------------------------*/

uint64_t cluster_agree(struct cluster *c, struct command command, int expected,
                       enum retry retry);
struct raft_start cluster_submit(struct cluster *c, int server, uint64_t value);
int cluster_committed(struct cluster *c, uint64_t index);
uint64_t cluster_committed_value(struct cluster *c, uint64_t index);
bool cluster_wait_commit(struct cluster *c, uint64_t index, int expected,
                         uint64_t term, uint64_t *value);
int cluster_check_one_leader(struct cluster *c);
void cluster_check_no_leader(struct cluster *c);
uint64_t cluster_check_terms(struct cluster *c);
bool cluster_all_in_term(struct cluster *c, uint64_t term);
void cluster_crash(struct cluster *c, int server);

/* Cut it off, close its apply channel and call raft_kill() or what its service
 * has for it; returns at once. A crash has to follow. With real threads a
 * crash is such an end: this is one, and waits for it. */
void cluster_shut_down(struct cluster *c, int server);
void cluster_start(struct cluster *c, int server);
void cluster_restart(struct cluster *c, int server);
void cluster_connect(struct cluster *c, int server);
void cluster_disconnect(struct cluster *c, int server);
_Noreturn void cluster_fail(struct cluster *c, const char *rule,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
