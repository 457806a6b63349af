/* rc_network.h - nodes with storages in memory and a network between them.
 * Layer: tests.
 *
 * A test orders the events: a node campaigns, a message is lost, a tick passes.
 * Each node does at once what its Ready asks for; its messages wait on the wire
 * until network_deliver(), in the order in which they were sent. */
#ifndef TESTS_SUPPORT_RC_NETWORK_H
#define TESTS_SUPPORT_RC_NETWORK_H

#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "raftcore/rawnode_state.h"

enum { NETWORK_MAX = 6 };

struct network_member {
    struct rc_rawnode *node; /* NULL: there is none, its messages are lost */
    struct core *core;       /* the node's */
    struct rc_memory_storage *storage;
    struct rc_entries applied; /* by its application */
    char log_text[64];
};

struct network {
    size_t count;
    struct network_member at[NETWORK_MAX + 1]; /* by id */
    struct rc_messages wire;                   /* sent, not delivered */
    bool cut[NETWORK_MAX + 1][NETWORK_MAX + 1];
    bool lost[RC_MESSAGE_TYPE_COUNT];
};

/* Ids count from 1, voters first. */
struct network_setup {
    size_t voters, learners;
    bool alone; /* only node 1 is there, the others are names */

    /* What the nodes have saved: the terms of their entries, a digit each; if
     * no state is given its term is that of the last entry. */
    const char *logs[NETWORK_MAX];
    struct rc_hard_state states[NETWORK_MAX];

    /* Zero: 10 ticks, 1 tick, messages of any size, 256 of them. */
    struct rc_config config;
};
struct network *network_new(const struct network_setup *setup);
void network_free(struct network *net);

/* NETWORK(.voters = 3, .config.pre_vote = true) */
#define NETWORK(...) network_new(&(struct network_setup){__VA_ARGS__})

/* ---- What happens --------------------------------------------------------*/

/* Save, send, apply, advance, as long as there is something to do. */
void network_settle(struct network *net, uint64_t id);

/* Everything on the wires, and all that follows. */
void network_deliver(struct network *net);

/* Step a message that no node sent, or an event; then settle. */
enum rc_error network_step(struct network *net, uint64_t id,
                           struct rc_message m);

/* These deliver all that follows, too. */
void network_campaign(struct network *net, uint64_t id);
enum rc_error network_propose(struct network *net, uint64_t id,
                              const char *data);
void network_beat(struct network *net, uint64_t id);

/* Time of one node; of all, with delivery after each tick. */
void network_tick(struct network *net, uint64_t id, int ticks);
void network_tick_all(struct network *net, int ticks);

/* ---- What is lost --------------------------------------------------------*/

void network_cut(struct network *net, uint64_t a, uint64_t b);
void network_isolate(struct network *net, uint64_t id);
void network_lose(struct network *net, enum rc_message_type type);
void network_heal(struct network *net);
void network_remove(struct network *net,
                    uint64_t id); /* later messages to it are lost */

/* ---- What can be seen ----------------------------------------------------*/

/* The first of this type to this node that is on the wire, or NULL; how many
 * of this type, to whomever. */
const struct rc_message *network_sent(const struct network *net, uint64_t to,
                                      enum rc_message_type type);
size_t network_sent_count(const struct network *net, enum rc_message_type type);
void network_clear(struct network *net);

/* The terms of the entries, a digit each. */
const char *network_log(struct network *net, uint64_t id);

struct rc_progress *network_progress(const struct network *net, uint64_t leader,
                                     uint64_t id);

#define network_assert_state(net, id, is, at_term)                             \
    ck_assert_msg((net)->at[id].core->state == (is) &&                         \
                      (net)->at[id].core->term == (at_term),                   \
                  "node %d is %s in term %d", (int)(id),                       \
                  rc_state_name((net)->at[id].core->state),                    \
                  (int)(net)->at[id].core->term)

/* The last words of a broken invariant, or NULL if it was none. */
const char *network_fatal(void (*call)(void *context), void *context);

#endif
