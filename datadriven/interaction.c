/* interaction.c - files that drive a cluster of cores: output and dispatch.
 * Layer: datadriven. */
#include "datadriven/interaction.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "raftcore/describe.h"

/* ---- Output --------------------------------------------------------------*/

void cluster_say(struct cluster *cluster, const char *format, ...)
{
    va_list args;
    if (cluster->level == LEVEL_NONE) {
        return;
    }
    va_start(args, format);
    rc_text_add_args(cluster->output, format, args);
    va_end(args);
}

void cluster_say_message(struct cluster *cluster, const struct rc_message *m)
{
    if (cluster->level != LEVEL_NONE) {
        rc_describe_message(m, NULL, cluster->output);
    }
}

bool cluster_wrong(struct cluster *cluster, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_text_add_args(&cluster->error, format, args);
    va_end(args);
    return false;
}

bool cluster_wrong_if(struct cluster *cluster, enum rc_error error)
{
    return error == RC_OK || cluster_wrong(cluster, "%s", rc_error_text(error));
}

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR",
                                          "FATAL"};

static bool wants(void *self, enum rc_log_level level)
{
    const struct cluster *cluster = self;
    return cluster->level <= (int)level;
}

static void write_line(void *self, enum rc_log_level level, const char *text)
{
    size_t size = strlen(text);
    cluster_say(self, "%s %s%s", level_names[level], text,
                size > 0 && text[size - 1] == '\n' ? "" : "\n");
}

static void add_indented(struct rc_text *to, const char *lines)
{
    while (*lines) {
        size_t size = strcspn(lines, "\n");
        rc_text_add(to, "  ");
        rc_text_add_bytes(to, lines, size);
        rc_text_add(to, "\n");
        lines += size + (lines[size] == '\n');
    }
}

bool cluster_indented(struct cluster *cluster,
                      bool (*task)(struct cluster *cluster,
                                   struct member *member),
                      struct member *member)
{
    struct rc_text inner = {NULL, 0, 0};
    struct rc_text *outer = cluster->output;
    cluster->output = &inner;
    bool good = task(cluster, member);
    cluster->output = outer;
    add_indented(outer, rc_text_of(&inner));
    rc_text_release(&inner);
    return good;
}

/* ---- Arguments -----------------------------------------------------------*/

bool cluster_member(struct cluster *cluster, const char *text,
                    struct member **member)
{
    uint64_t id;
    if (!parse_number(text, &id)) {
        return cluster_wrong(cluster, "not the id of a node: %s", text);
    }
    if (id == 0 || id > cluster->count) {
        return cluster_wrong(cluster, "there is no node %" PRIu64, id);
    }
    *member = cluster->members[id - 1];
    return true;
}

bool directive_members(struct cluster *cluster,
                       const struct directive *directive, size_t least,
                       struct member ***members, size_t *count)
{
    *members = lab_xcalloc(directive->count + 1, sizeof(**members));
    *count = 0;
    for (size_t i = 0; i < directive->count; i++) {
        const struct argument *argument = &directive->arguments[i];
        if (argument->count == 0 &&
            !cluster_member(cluster, argument->key, &(*members)[(*count)++])) {
            free(*members);
            return false;
        }
    }
    if (*count < least) {
        free(*members);
        return cluster_wrong(cluster, "%s needs the id of a node",
                             directive->command);
    }
    return true;
}

bool directive_member(struct cluster *cluster,
                      const struct directive *directive, struct member **member)
{
    for (size_t i = 0; i < directive->count; i++) {
        if (directive->arguments[i].count == 0) {
            return cluster_member(cluster, directive->arguments[i].key, member);
        }
    }
    return cluster_wrong(cluster, "%s needs the id of a node",
                         directive->command);
}

bool directive_value(struct cluster *cluster, const struct directive *directive,
                     const char *key, const char **value)
{
    const struct argument *argument = directive_find(directive, key);
    *value = NULL;
    if (argument && argument->count != 1) {
        return cluster_wrong(cluster, "%s is to have one value", key);
    }
    if (argument) {
        *value = argument->values[0];
    }
    return true;
}

/* ---- Dispatch ------------------------------------------------------------*/

#define COMMANDS(X)                                                            \
    X("_breakpoint", do_nothing)                                               \
    X("add-nodes", do_add_nodes)                                               \
    X("campaign", do_campaign)                                                 \
    X("compact", do_compact)                                                   \
    X("deliver-msgs", do_deliver_msgs)                                         \
    X("forget-leader", do_forget_leader)                                       \
    X("log-level", do_log_level)                                               \
    X("process-append-thread", do_process_append_thread)                       \
    X("process-apply-thread", do_process_apply_thread)                         \
    X("process-ready", do_process_ready)                                       \
    X("propose", do_propose)                                                   \
    X("propose-conf-change", do_propose_conf_change)                           \
    X("raft-log", do_raft_log)                                                 \
    X("raft-state", do_raft_state)                                             \
    X("read-index", do_read_index)                                             \
    X("report-snapshot", do_report_snapshot)                                   \
    X("report-unreachable", do_report_unreachable)                             \
    X("restart", do_restart)                                                   \
    X("send-snapshot", do_send_snapshot)                                       \
    X("set-randomized-election-timeout", do_set_randomized_election_timeout)   \
    X("stabilize", do_stabilize)                                               \
    X("status", do_status)                                                     \
    X("tick", do_tick)                                                         \
    X("tick-election", do_tick_election)                                       \
    X("tick-heartbeat", do_tick_heartbeat)                                     \
    X("transfer-leadership", do_transfer_leadership)

static const struct {
    const char *name;
    command_run *run;
} table[] = {
#define COMMAND_ROW(name, run) {name, run},
    COMMANDS(COMMAND_ROW)
#undef COMMAND_ROW
};

static const char *const commands[] = {
#define COMMAND_NAME(name, run) name,
    COMMANDS(COMMAND_NAME)
#undef COMMAND_NAME
        NULL};

static bool dispatch(struct cluster *cluster, const struct directive *directive)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].name, directive->command) == 0) {
            return table[i].run(cluster, directive);
        }
    }
    return cluster_wrong(cluster, "unknown command");
}

static void run(void *self, const struct directive *directive,
                struct rc_text *output)
{
    struct cluster *cluster = self;
    cluster->output = output;
    rc_text_clear(&cluster->error);
    if (!dispatch(cluster, directive)) {
        rc_text_add(output, "%s", rc_text_of(&cluster->error));
    }
    if (output->size == 0) {
        rc_text_add(output, "ok");
    }
}

/* Nested output is lost; what counts is how it ends. */
static void last_words(void *self, const char *text, struct rc_text *output)
{
    struct cluster *cluster = self;
    cluster->output = output;
    cluster_say(cluster, "FATAL %s\n", text);
}

static void *begin(void)
{
    struct cluster *cluster = lab_xcalloc(1, sizeof(*cluster));
    cluster->logger = (struct rc_logger){cluster, wants, write_line};
    return cluster;
}

static void end(void *self)
{
    struct cluster *cluster = self;
    for (size_t i = 0; i < cluster->count; i++) {
        member_free(cluster->members[i]);
    }
    free(cluster->members);
    rc_messages_release(&cluster->in_flight);
    rc_text_release(&cluster->error);
    free(cluster);
}

const struct environment environment_interaction = {
    .name = "interaction",
    .commands = commands,
    .begin = begin,
    .end = end,
    .run = run,
    .fatal = last_words,
};
