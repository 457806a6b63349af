/* strict.h - what the scripts of directed tests have in common.
 * Layer: tester/labs.
 *
 * A script arranges, against any Raft, a schedule that random runs reach once
 * in thousands of seeds. It only arranges: the oracle judges, and its rules
 * hold under every schedule. So a script that fails to arrange its schedule
 * accuses no Raft; it ends the test as "not applicable", with the step and the
 * reason. */
#ifndef TESTER_LABS_STRICT_H
#define TESTER_LABS_STRICT_H

#include "tester/harness/cluster.h"
#include "tester/harness/control.h"
#include "tester/harness/flows.h"

/* Whether the first messages of a new leader are delivered. */
enum first_messages { DELIVERED, LOST };

/* Stop all clocks and take control of all messages: no server acts by itself.
 */
void strict_begin(struct cluster *c);

/* Make `server` leader of a term at least as high as that of every voter, by
 * the votes of these voters alone: only its clock runs, it is connected to the
 * voters only, and their replies arrive one by one. LOST: nothing that it sends
 * as leader arrives, and it stays disconnected. DELIVERED: the flows between it
 * and the voters are open afterwards. Its clock keeps running. Waits up to 20
 * s; false if it has not won by then. */
#define elect(c, server, voters, first)                                        \
    strict_elect(HERE(c), (server), (voters), (first))
bool strict_elect(struct cluster *c, int server, unsigned voters,
                  enum first_messages first);

/* The same; not applicable if it does not win. */
#define must_elect(c, server, voters, first)                                   \
    (elect(c, server, voters, first)                                           \
         ? (void)0                                                             \
         : not_applicable(c, "elect", "server %d was not elected", (server)))

/* Submit a command to a leader and return its index; not applicable if the
 * server no longer leads. */
#define start_at(c, leader, value) strict_start(HERE(c), (leader), (value))
uint64_t strict_start(struct cluster *c, int leader, uint64_t value);

/* Submit a command to a leader and wait up to 10 s until all servers of a set
 * have applied it; not applicable if they do not. Their clocks run slowly
 * meanwhile, and stop afterwards. */
#define agree_by(c, leader, value, servers)                                    \
    strict_agree(HERE(c), (leader), (value), (servers))
void strict_agree(struct cluster *c, int leader, uint64_t value,
                  unsigned servers);

/* The result of raft_get_state(); {false, 0} if the server is down. */
struct raft_state state_of(struct cluster *c, int server);

/* Run or stop the clock of a server. */
void run_clock(struct cluster *c, int server);
void stop_clock(struct cluster *c, int server);

/* End the test: the script does not work with this Raft. */
#define not_applicable(c, step, ...)                                           \
    strict_not_applicable(HERE(c), (step), __VA_ARGS__)
_Noreturn void strict_not_applicable(struct cluster *c, const char *step,
                                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
