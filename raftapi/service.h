/* service.h - the other side of raftapi.h: apply channels, logs, lab_state.
 * Layer: raftapi; includes base and sim. For harnesses and services. */
#ifndef RAFTAPI_SERVICE_H
#define RAFTAPI_SERVICE_H

#include "raftapi/raftapi.h"
#include "sim/sim.h"

/* An unbuffered channel. Lives in the framework's heap; server (an index) is
 * whose it is, for reports. */
struct apply_channel *apply_channel_new(int server);

/* Every put and take, present and later, returns false. */
void apply_channel_close(struct apply_channel *ch);

/* When nobody uses it any more (its server crashed or was killed, its taker
 * has seen false). */
void apply_channel_free(struct apply_channel *ch);

/* Who is told of each message that a server's own service takes: the server
 * and the message, borrowed. NULL: nobody. Runs on the server's fiber, between
 * sim_enter and sim_leave. (What the tester takes, it sees itself.) */
void apply_observe(void (*observer)(int server, const struct apply_msg *msg));

/* Which topics lab_log() prints: a comma-separated list, "all", or NULL for
 * none; and where to. One call of write per line, with the virtual time, the
 * server (-1: tester), the topic and the text. */
void lab_log_select(const char *topics,
                    void (*write)(sim_ns now, int server, const char *topic,
                                  const char *text));

/* Who is told of each lab_state(): the server and what it said. NULL: nobody.
 * Runs on the server's fiber, between sim_enter and sim_leave. */
struct lab_state_report {
    int server;
    uint64_t term;
    enum lab_role role;
    uint64_t commit_index, last_index;
};
void lab_state_observe(void (*observer)(const struct lab_state_report *));

#endif
