/* strict.h - what scripts of directed tests have in common.
 * Layer: tester.
 *
 * A script arranges, against any Raft, what random runs hit once in thousands
 * of seeds. It only steers: what judges is the oracle, whose rules hold under
 * every schedule. So a script that goes astray accuses nobody; it ends as
 * "not applicable", with the step and the reason. */
#ifndef TESTER_LABS_STRICT_H
#define TESTER_LABS_STRICT_H

#include "tester/harness/cluster.h"
#include "tester/harness/control.h"
#include "tester/harness/flows.h"

/* What becomes of the first words of a new leader. */
enum voice { SPEAKS, MUTE };

/* Stop all clocks and take control of all messages: nobody moves. */
void strict_begin(struct cluster *c);

/* Make `server` the leader of a term that is as high as that of every voter,
 * by their votes alone: it is cut off from all others, its clock alone runs,
 * and the replies of the voters reach it one by one. MUTE: nothing that it
 * says as a leader arrives, and it stays cut off; else the flows between it
 * and the voters are open afterwards. Its clock runs on, at most 20 s in all.
 * False: it did not win. */
#define elect(c, server, voters, voice)                                        \
    strict_elect(HERE(c), (server), (voters), (voice))

/* The same; ends the test as not applicable if it fails. */
#define must_elect(c, server, voters, voice)                                   \
    (elect(c, server, voters, voice)                                           \
         ? (void)0                                                             \
         : not_applicable(c, "elect", "server %d was not elected", (server)))

/* Start a command at a leader; not applicable if it does not take it. Returns
 * the index. */
#define start_at(c, leader, value) strict_start(HERE(c), (leader), (value))

/* Start a command at a leader and wait, at most 10 s, until all servers of a
 * set have applied it; not applicable if they do not. Their clocks run slowly
 * meanwhile, and are stopped afterwards. */
#define agree_by(c, leader, value, servers)                                    \
    strict_agree(HERE(c), (leader), (value), (servers))

/* What raft_get_state says; {false, 0} if the server is down. */
struct raft_state state_of(struct cluster *c, int server);

/* Run this clock alone until the condition, which the caller asks, holds. */
void run_clock(struct cluster *c, int server);
void stop_clock(struct cluster *c, int server);

/* End the test: the script cannot be played to the end against this Raft. */
#define not_applicable(c, step, ...)                                           \
    strict_not_applicable(HERE(c), (step), __VA_ARGS__)

/* ---- Behind the macros --------------------------------------------------*/

bool strict_elect(struct cluster *c, int server, unsigned voters,
                  enum voice voice);
uint64_t strict_start(struct cluster *c, int leader, uint64_t value);
void strict_agree(struct cluster *c, int leader, uint64_t value,
                  unsigned servers);
_Noreturn void strict_not_applicable(struct cluster *c, const char *step,
                                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
