/* rc_node.h - nodes with storages in memory, for unit tests.
 * Layer: tests.
 *
 * A test gives a node its events. rct_run() then does what its Readys ask for
 * and records what followed: the messages sent, the entries applied, the reads
 * that were served. With asynchronous writes a test can also do the work of the
 * two threads piece by piece. A group delivers the messages. */
#ifndef TESTS_SUPPORT_RC_NODE_H
#define TESTS_SUPPORT_RC_NODE_H

#include <check.h>

#include "raftcore/core.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "raftcore/rawnode_state.h"

struct rct_node {
    struct rc_config config;
    struct rc_rawnode *node;
    struct rc_memory_storage *ms;
    struct rc_ready ready;                      /* the last one */
    struct rc_messages outbox;                  /* to others, not taken yet */
    struct rc_messages append_work, apply_work; /* of its two threads */
    struct rc_entries applied;                  /* since it was made */
    uint64_t applied_index;
    struct rc_conf_state members; /* as its application knows them */
    struct rc_read_states reads;
    bool keeps_changes;   /* changes are not applied to the core */
    struct rc_text shown; /* what the functions below return */
};

/* ---- Making ---------------------------------------------------------------
 * Members as text: "voters; learners; outgoing voters; next learners", each a
 * list of ids, from the end on left out if empty; "auto" at the end. */

struct rc_conf_state rct_conf_state(const char *members);
struct rc_snapshot *rct_snapshot(uint64_t index, uint64_t term,
                                 const char *members);

/* RCT_NODE(1, "1 2 3", .pre_vote = true): an empty log. Where the option says
 * nothing: 10 ticks to an election, messages without limit, 256 at a time. */
#define RCT_NODE(node_id, members, ...)                                        \
    rct_node_new((struct rc_config){.id = (node_id), __VA_ARGS__},             \
                 rct_snapshot(0, 0, members))
/* The same, behind a snapshot. */
#define RCT_NODE_AT(node_id, index, term, members, ...)                        \
    rct_node_new((struct rc_config){.id = (node_id), __VA_ARGS__},             \
                 rct_snapshot(index, term, members))
struct rct_node *rct_node_new(struct rc_config config,
                              struct rc_snapshot *first); /* takes first */
void rct_node_free(struct rct_node *n);

/* Restart from the storage, with config.applied. */
void rct_restart(struct rct_node *n);

/* Snapshot of what is applied, and no entries before. */
void rct_compact(struct rct_node *n);

/* ---- Driving -------------------------------------------------------------*/

/* RCT_STEP(n, .type = RC_MSG_APP, .from = 2, .term = 1): its error. */
#define RCT_STEP(n, ...)                                                       \
    rc_rawnode_step((n)->node,                                                 \
                    &(struct rc_message){.to = (n)->config.id, __VA_ARGS__})
/* Entries of a message, lent: RCT_ENTRIES({.term = 1, .index = 2}). */
#define RCT_ENTRIES(...)                                                       \
    {                                                                          \
        NULL, (struct rc_entry[]){__VA_ARGS__},                                \
            sizeof((struct rc_entry[]){__VA_ARGS__}) / sizeof(struct rc_entry) \
    }

/* One Ready, done but for what its threads have to do; valid till the next. */
const struct rc_ready *rct_handle(struct rct_node *n);
void rct_write_one(struct rct_node *n); /* with asynchronous writes */
void rct_apply_one(struct rct_node *n);
void rct_run(struct rct_node *n); /* all there is */

/* Leader in the next term, by the votes of all. Nothing is in its outbox. */
void rct_lead(struct rct_node *n);
void rct_tick(struct rct_node *n, int ticks);
enum rc_error rct_propose(struct rct_node *n, const char *data);
enum rc_error rct_change(struct rct_node *n, const char *words,
                         enum rc_transition transition, bool v1);
enum rc_error rct_read(struct rct_node *n, const char *context);

/* ---- Seeing: texts are valid till the next -------------------------------*/

/* Runs it: a line for each message that it sent since this was last asked. */
const char *rct_sends(struct rct_node *n);
const char *rct_ready_text(struct rct_node *n); /* of the last Ready */
const char *rct_progress(struct rct_node *n, uint64_t id);
const char *rct_config(struct rct_node *n);  /* the core's: "voters=(1 2)" */
const char *rct_applied(struct rct_node *n); /* the data, in a row */
const char *rct_reads(struct rct_node *n);   /* "index:context ", in a row */

/* ---- Groups --------------------------------------------------------------*/

enum { RCT_IDS = 8 };

struct rct_group {
    struct rct_node *at[RCT_IDS];           /* by id; NULL: none */
    bool cut[RCT_IDS][RCT_IDS];             /* [from][to] */
    bool lost_types[RC_MESSAGE_TYPE_COUNT]; /* none of these arrive */
};

/* RCT_GROUP("1 2 3", .check_quorum = true): one node for each member. */
#define RCT_GROUP(members, ...)                                                \
    rct_group_new((struct rc_config){.id = 1, __VA_ARGS__}, members)
struct rct_group *rct_group_new(struct rc_config config, const char *members);
void rct_group_free(struct rct_group *g);
void rct_isolate(struct rct_group *g, uint64_t id);
void rct_heal(struct rct_group *g);
void rct_settle(struct rct_group *g); /* until nothing happens */
void rct_elect(struct rct_group *g, uint64_t id);

/* ---- Broken invariants ---------------------------------------------------*/

extern char rct_last_words[256];
bool rct_in_child(void); /* the parent has waited for it */
void rct_survived(void);

/* The statement breaks an invariant, and these are the words. It is done in a
 * process of its own, as nothing can be done with the node afterwards. */
#define RCT_FATAL(statement, words)                                            \
    {                                                                          \
        if (rct_in_child()) {                                                  \
            statement;                                                         \
            rct_survived();                                                    \
        }                                                                      \
        ck_assert_str_eq(rct_last_words, words);                               \
    }

#endif
