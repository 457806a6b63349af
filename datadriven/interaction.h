/* interaction.h - files that drive a cluster of cores, message by message.
 * Layer: datadriven; inner. Specification of raftcore, section 9.2. */
#ifndef DATADRIVEN_INTERACTION_H
#define DATADRIVEN_INTERACTION_H

#include "datadriven/environment.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"

/* As log levels, and one more at which nothing at all is printed. */
enum { LEVEL_NONE = LOG_FATAL + 1 };

struct cluster;

/* A node with what drives it. Its application appends bytes: a snapshot for
 * each entry it has applied, the newest last. */
struct member {
    struct cluster *cluster;
    struct core_config config;
    struct rawnode *node;
    struct memory_storage *ms;
    struct messages append_work, apply_work; /* of its two threads */
    struct snapshot **history;
    size_t history_count;
};

struct cluster {
    struct member **members; /* number i has id i + 1 */
    size_t count;
    struct messages in_flight;
    struct core_logger logger;
    int level;
    struct text *output;
    struct text error; /* of the directive in hand */
};

/* More output, unless the level is NONE. */
void say(struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void say_message(struct cluster *cluster, const struct message *m);

/* The directive fails, with this text; false. */
bool wrong(struct cluster *cluster, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool wrong_if(struct cluster *cluster, enum core_error error);

/* What task prints, each line by two blanks further to the right. */
bool indented(struct cluster *cluster,
              bool (*task)(struct cluster *cluster, struct member *member),
              struct member *member);

/* ---- Arguments: false, and wrong() was called ----------------------------*/

/* The ids among the arguments that have no values. */
bool take_members(struct cluster *cluster, const struct directive *directive,
                  size_t least, struct member ***members, size_t *count);
bool take_member(struct cluster *cluster, const struct directive *directive,
                 struct member **member); /* the first of them */
bool member_of_text(struct cluster *cluster, const char *text,
                    struct member **member);

/* The value of key=value, NULL if there is none. */
bool take_value_of(struct cluster *cluster, const struct directive *directive,
                   const char *key, const char **value);

/* ---- Commands ------------------------------------------------------------*/

bool set_level(struct cluster *cluster, const char *name);

typedef bool command_run(struct cluster *cluster,
                         const struct directive *directive);

/* interaction_add.c */
command_run add_nodes;
void member_free(struct member *member);

/* interaction_work.c */
command_run process_ready, process_append_thread, process_apply_thread,
    deliver_msgs, stabilize;

/* interaction_commands.c */
command_run campaign, propose, propose_conf_change, log_level, raft_log,
    compact, raft_state, status, tick_election, tick_heartbeat,
    set_randomized_election_timeout, transfer_leadership, forget_leader,
    send_snapshot, report_unreachable, do_nothing;

/* Beyond etcd's: what its files have no words for. */
command_run read_index, report_snapshot, restart, tick;

#endif
