/* interaction.h - files that drive a cluster of cores, message by message.
 * Layer: datadriven; inner. Specification of raftcore, section 9.2. */
#ifndef DATADRIVEN_INTERACTION_H
#define DATADRIVEN_INTERACTION_H

#include "datadriven/environment.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"

/* As log levels, and one more at which nothing at all is printed. */
enum { LEVEL_NONE = RC_LOG_FATAL + 1 };

struct cluster;

/* A node with what drives it. Its application appends bytes: a snapshot for
 * each entry it has applied, the newest last. */
struct member {
    struct cluster *cluster;
    struct rc_config config;
    struct rc_rawnode *node;
    struct rc_memory_storage *ms;
    struct rc_messages append_work, apply_work; /* of its two threads */
    struct rc_snapshot **history;
    size_t history_count;
};

struct cluster {
    struct member **members; /* number i has id i + 1 */
    size_t count;
    struct rc_messages in_flight;
    struct rc_logger logger;
    int level;
    struct rc_text *output;
    struct rc_text error; /* of the directive in hand */
};

/* More output, unless the level is NONE. */
void cluster_say(struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cluster_say_message(struct cluster *cluster, const struct rc_message *m);

/* The directive fails, with this text; false. */
bool cluster_wrong(struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool cluster_wrong_if(struct cluster *cluster, enum rc_error error);

/* What task prints, each line by two blanks further to the right. */
bool cluster_indented(struct cluster *cluster,
                      bool (*task)(struct cluster *cluster,
                                   struct member *member),
                      struct member *member);

/* ---- Arguments: false, and cluster_wrong() was called
 * ----------------------------*/

/* The ids among the arguments that have no values. */
bool directive_members(struct cluster *cluster,
                       const struct directive *directive, size_t least,
                       struct member ***members, size_t *count);
bool directive_member(struct cluster *cluster,
                      const struct directive *directive,
                      struct member **member); /* the first of them */
bool cluster_member(struct cluster *cluster, const char *text,
                    struct member **member);

/* The value of key=value, NULL if there is none. */
bool directive_value(struct cluster *cluster, const struct directive *directive,
                     const char *key, const char **value);

/* ---- Commands ------------------------------------------------------------*/

bool cluster_set_level(struct cluster *cluster, const char *name);

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

/* Beyond etcd's: what its files have no words for. */
command_run do_read_index, do_report_snapshot, do_restart, do_tick;

#endif
