/* service.h - the tester's side of raftapi.h: channels, logs, reports.
 * Layer: raftapi; includes base and sim. For harnesses and services.
 *
 * It declares what apply.c, log.c and state.c define: their other half is in
 * raftapi.h and log.h, which a student reads. */
#ifndef RAFTAPI_SERVICE_H
#define RAFTAPI_SERVICE_H

#include "raftapi/raftapi.h"
#include "sim/sim.h"

/* ---- apply.c: apply channels ---------------------------------------------*/

/* Create an unbuffered channel, in the framework's heap. server: the index of
 * the server that puts, for reports. */
struct apply_channel *apply_channel_new(int server);

/* Let every put and take return false, those that wait and all later ones. */
void apply_channel_close(struct apply_channel *ch);

/* Free a channel that nobody uses any more: its server has crashed or ended,
 * and its taker has seen false. */
void apply_channel_free(struct apply_channel *ch);

/* Call observer with each message that a server's own service takes, and the
 * index of the server; NULL: stop. The message is borrowed. Runs on the
 * server's fiber, between sim_enter() and sim_leave(). What the tester takes
 * is not reported: it sees that itself. */
void apply_observe(void (*observer)(int server, const struct apply_msg *msg));

/* ---- log.c: debug output -------------------------------------------------*/

/* Select the topics that lab_log() prints: a comma-separated list, "all", or
 * NULL for none; and where they go. write is called once per line, with the
 * virtual time, the server (-1: the tester), the topic and the text. Call it
 * before threads exist. */
void lab_log_select(const char *topics,
                    void (*write)(sim_ns now, int server, const char *topic,
                                  const char *text));

/* ---- state.c: reports of state -------------------------------------------*/

struct lab_state_report {
    int server;
    uint64_t term;
    enum lab_role role;
    uint64_t commit_index, last_index;
};

/* Call observer with each lab_state(); NULL: stop. Runs on the server's fiber,
 * between sim_enter() and sim_leave(). Call it before threads exist. */
void lab_state_observe(void (*observer)(const struct lab_state_report *));

#endif
