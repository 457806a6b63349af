/* interaction.h - scenario files that drive a cluster of nodes, message by
 * message.
 * Layer: datadriven; inner. docs/raftcore-spec.md §9.2; etcd: rafttest.
 *
 *     interaction.c           the environment; which function runs a command
 *     interaction_add.c       add-nodes
 *     interaction_work.c      Readys, storage threads, delivery, stabilize
 *     interaction_commands.c  all other commands
 *     interaction_cluster.c   output and arguments, for all of them */
#ifndef DATADRIVEN_INTERACTION_H
#define DATADRIVEN_INTERACTION_H

#include "datadriven/environment.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"

/* Above the levels of the log: nothing at all is printed. */
enum { LEVEL_NONE = RC_LOG_FATAL + 1 };

struct cluster;

/* A node with its application, whose state is all the data that it has applied,
 * in a row. It keeps a snapshot for each entry, the newest last. */
struct member {
    struct cluster *cluster;
    struct rc_config config;
    struct rc_rawnode *node;
    struct rc_memory_storage *ms;
    struct rc_messages append_work, apply_work; /* queues of its two threads */
    struct rc_snapshot **history;
    size_t history_count;
};

struct cluster {
    struct member **members; /* number i has id i + 1 */
    size_t count;
    struct rc_messages in_flight;
    struct rc_logger logger;
    int level;
    struct rc_text *output; /* of the current directive */
    struct rc_text error;   /* why it failed */
};

/* ---- interaction_cluster.c -----------------------------------------------*/

/* Add to the output, unless the level is NONE. */
void cluster_say(struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cluster_say_message(struct cluster *cluster, const struct rc_message *m);

/* Let the directive fail with this text, or with that of an error. Return false
 * if it has failed. */
bool cluster_wrong(struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool cluster_wrong_if(struct cluster *cluster, enum rc_error error);

/* The logger of the nodes: lines of the cluster's level go to the output. */
struct rc_logger cluster_logger(struct cluster *cluster);
bool cluster_set_level(struct cluster *cluster, const char *name);

/* Run task and indent its output by two blanks. */
bool cluster_indented(struct cluster *cluster,
                      bool (*task)(struct cluster *cluster,
                                   struct member *member),
                      struct member *member);

/* Arguments. False: it is not what the command needs, and the directive has
 * failed. */

/* The nodes whose ids are arguments without values, at least this many; the
 * caller frees *members. */
bool directive_members(struct cluster *cluster,
                       const struct directive *directive, size_t least,
                       struct member ***members, size_t *count);

/* The first of them. */
bool directive_member(struct cluster *cluster,
                      const struct directive *directive,
                      struct member **member);

/* The node with this id. */
bool cluster_member(struct cluster *cluster, const char *text,
                    struct member **member);

/* The value of key=value; NULL if there is none. */
bool directive_value(struct cluster *cluster, const struct directive *directive,
                     const char *key, const char **value);

/* ---- Commands: false if the directive has failed -------------------------*/

typedef bool command_run(struct cluster *cluster,
                         const struct directive *directive);

/* interaction_add.c */
command_run do_add_nodes;
void member_free(struct member *member);

/* interaction_work.c */
command_run do_process_ready, do_process_append_thread, do_process_apply_thread,
    do_deliver_msgs, do_stabilize;

/* interaction_commands.c */
command_run do_campaign, do_propose, do_propose_conf_change, do_log_level,
    do_raft_log, do_compact, do_raft_state, do_status, do_tick_election,
    do_tick_heartbeat, do_set_randomized_election_timeout,
    do_transfer_leadership, do_forget_leader, do_send_snapshot,
    do_report_unreachable, do_nothing;

/* Not etcd's: for what its commands cannot express. */
command_run do_read_index, do_report_snapshot, do_restart, do_tick;

#endif
