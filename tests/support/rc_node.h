/* rc_node.h - nodes of raftcore with storages in memory, for unit tests.
 * Layer: tests.
 *
 * A node is handed events by the test; rc_run() then does what its Readies
 * ask for and keeps what came of it: what it sent, what it applied, the reads
 * that were answered. With asynchronous writes a test can also do the work of
 * the two threads piece by piece. A group carries the messages. */
#ifndef TESTS_SUPPORT_RC_NODE_H
#define TESTS_SUPPORT_RC_NODE_H

#include <check.h>

#include "raftcore/core.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "raftcore/rawnode_state.h"

struct rc_node {
    struct core_config config;
    struct rawnode *node;
    struct memory_storage *ms;
    struct ready ready;                      /* the last one */
    struct messages outbox;                  /* to others, not taken yet */
    struct messages append_work, apply_work; /* of its two threads */
    struct entries applied;                  /* since it was made */
    uint64_t applied_index;
    struct conf_state members; /* as its application knows them */
    struct read_states reads;
    bool keeps_changes; /* they are not told to the core */
    struct text shown;  /* what the functions below return */
};

/* ---- Making ---------------------------------------------------------------
 * Members as text: "voters; learners; outgoing voters; next learners", each a
 * list of ids, from the end on left out if empty; "auto" at the end. */

struct conf_state rc_conf_state(const char *members);
struct snapshot *rc_snapshot(uint64_t index, uint64_t term,
                             const char *members);

/* RC_NODE(1, "1 2 3", .pre_vote = true): an empty log. Where the option says
 * nothing: 10 ticks to an election, messages without limit, 256 at a time. */
#define RC_NODE(node_id, members, ...)                                         \
    rc_node_new((struct core_config){.id = (node_id), __VA_ARGS__},            \
                rc_snapshot(0, 0, members))
/* The same, behind a snapshot. */
#define RC_NODE_AT(node_id, index, term, members, ...)                         \
    rc_node_new((struct core_config){.id = (node_id), __VA_ARGS__},            \
                rc_snapshot(index, term, members))
struct rc_node *rc_node_new(struct core_config config,
                            struct snapshot *first); /* takes first */
void rc_node_free(struct rc_node *n);

/* From what its storage has, told what was applied. */
void rc_restart(struct rc_node *n);

/* Snapshot of what is applied, and no entries before. */
void rc_compact(struct rc_node *n);

/* ---- Driving -------------------------------------------------------------*/

/* RC_STEP(n, .type = MSG_APP, .from = 2, .term = 1): its error. */
#define RC_STEP(n, ...)                                                        \
    rawnode_step((n)->node,                                                    \
                 &(struct message){.to = (n)->config.id, __VA_ARGS__})
/* Entries of a message, lent: RC_ENTRIES({.term = 1, .index = 2}). */
#define RC_ENTRIES(...)                                                        \
    {                                                                          \
        NULL, (struct entry[]){__VA_ARGS__},                                   \
            sizeof((struct entry[]){__VA_ARGS__}) / sizeof(struct entry)       \
    }

/* One Ready, done but for what its threads have to do; valid till the next. */
const struct ready *rc_handle(struct rc_node *n);
void rc_write_one(struct rc_node *n); /* with asynchronous writes */
void rc_apply_one(struct rc_node *n);
void rc_run(struct rc_node *n); /* all there is */

/* Leader in the next term, by the votes of all. Nothing is in its outbox. */
void rc_lead(struct rc_node *n);
void rc_tick(struct rc_node *n, int ticks);
enum core_error rc_propose(struct rc_node *n, const char *data);
enum core_error rc_change(struct rc_node *n, const char *words,
                          enum transition transition, bool v1);
enum core_error rc_read(struct rc_node *n, const char *context);

/* ---- Seeing: texts are valid till the next -------------------------------*/

/* Runs it: a line for each message that it sent since this was last asked. */
const char *rc_sends(struct rc_node *n);
const char *rc_ready_text(struct rc_node *n); /* of the last Ready */
const char *rc_progress(struct rc_node *n, uint64_t id);
const char *rc_config(struct rc_node *n);  /* the core's: "voters=(1 2)" */
const char *rc_applied(struct rc_node *n); /* the data, in a row */
const char *rc_reads(struct rc_node *n);   /* "index:context ", in a row */

/* ---- Groups --------------------------------------------------------------*/

enum { RC_IDS = 8 };

struct rc_group {
    struct rc_node *at[RC_IDS];          /* by id; NULL: none */
    bool cut[RC_IDS][RC_IDS];            /* [from][to] */
    bool lost_types[MESSAGE_TYPE_COUNT]; /* none of these arrive */
};

/* RC_GROUP("1 2 3", .check_quorum = true): one node for each member. */
#define RC_GROUP(members, ...)                                                 \
    rc_group_new((struct core_config){.id = 1, __VA_ARGS__}, members)
struct rc_group *rc_group_new(struct core_config config, const char *members);
void rc_group_free(struct rc_group *g);
void rc_isolate(struct rc_group *g, uint64_t id);
void rc_heal(struct rc_group *g);
void rc_settle(struct rc_group *g); /* until nothing happens */
void rc_elect(struct rc_group *g, uint64_t id);

/* ---- Broken invariants ---------------------------------------------------*/

extern char rc_last_words[256];
bool rc_in_child(void); /* the parent has waited for it */
void rc_survived(void);

/* The statement breaks an invariant, and these are the words. It is done in a
 * process of its own, as nothing can be done with the node afterwards. */
#define RC_FATAL(statement, words)                                             \
    {                                                                          \
        if (rc_in_child()) {                                                   \
            statement;                                                         \
            rc_survived();                                                     \
        }                                                                      \
        ck_assert_str_eq(rc_last_words, words);                                \
    }

#endif
