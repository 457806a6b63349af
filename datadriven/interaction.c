/* interaction.c - the environment of files that drive a cluster: its commands.
 * Layer: datadriven. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "datadriven/interaction.h"

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

/* A nested output is lost; the text of the broken invariant is what counts. */
static void print_fatal(void *self, const char *text, struct rc_text *output)
{
    struct cluster *cluster = self;
    cluster->output = output;
    cluster_say(cluster, "FATAL %s\n", text);
}

static void *begin(void)
{
    struct cluster *cluster = lab_xcalloc(1, sizeof(*cluster));
    cluster->logger = cluster_logger(cluster);
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
    .fatal = print_fatal,
};
