/* interaction_commands.c - commands that concern one node, or show it.
 * Layer: datadriven. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "datadriven/interaction.h"
#include "raftcore/describe.h"

bool do_nothing(struct cluster *cluster, const struct directive *directive)
{
    (void)cluster;
    (void)directive;
    return true;
}

/* ---- Log level -----------------------------------------------------------*/

bool do_log_level(struct cluster *cluster, const struct directive *directive)
{
    return cluster_set_level(
        cluster, directive->count > 0 ? directive->arguments[0].key : "");
}

/* ---- Events --------------------------------------------------------------*/

bool do_campaign(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    return directive_member(cluster, directive, &member) &&
           cluster_wrong_if(cluster, rc_rawnode_campaign(member->node));
}

bool do_propose(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    if (!directive_member(cluster, directive, &member)) {
        return false;
    }
    if (directive->count != 2) {
        return cluster_wrong(cluster,
                             "propose needs a node and one word of data");
    }
    return cluster_wrong_if(
        cluster,
        rc_rawnode_propose(member->node,
                           rc_bytes_of_text(directive->arguments[1].key)));
}

static bool take_transition(struct cluster *cluster, const char *name,
                            enum rc_transition *transition)
{
    static const char *const names[] = {"auto", "implicit", "explicit"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *transition = (enum rc_transition)i;
            return true;
        }
    }
    return cluster_wrong(cluster, "unknown transition %s", name);
}

static bool take_change(struct cluster *cluster,
                        const struct directive *directive,
                        struct rc_conf_change *cc, bool *v1)
{
    for (size_t i = 1; i < directive->count; i++) {
        const struct argument *argument = &directive->arguments[i];
        const char *value = argument->count > 0 ? argument->values[0] : "";
        if (strcmp(argument->key, "v1") == 0) {
            if (!parse_bool(value, v1)) {
                return cluster_wrong(cluster, "no value for v1: %s", value);
            }
        } else if (strcmp(argument->key, "transition") == 0) {
            if (!take_transition(cluster, value, &cc->transition)) {
                return false;
            }
        } else {
            return cluster_wrong(cluster, "unknown command %s", argument->key);
        }
    }
    if (!rc_conf_change_parse(directive->input, cc, &cluster->error)) {
        return false;
    }
    return !*v1 || (cc->count == 1 && cc->transition == RC_TRANSITION_AUTO) ||
           cluster_wrong(cluster,
                         "v1 conf change can only have one operation and no "
                         "transition");
}

bool do_propose_conf_change(struct cluster *cluster,
                            const struct directive *directive)
{
    struct member *member;
    struct rc_conf_change cc = {.count = 0};
    bool v1 = false;
    bool good =
        directive_member(cluster, directive, &member) &&
        take_change(cluster, directive, &cc, &v1) &&
        cluster_wrong_if(cluster,
                         rc_rawnode_propose_conf_change(member->node, &cc, v1));
    rc_conf_change_release(&cc);
    return good;
}

bool do_read_index(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    if (!directive_member(cluster, directive, &member)) {
        return false;
    }
    if (directive->count != 2) {
        return cluster_wrong(cluster, "read-index needs a node and one word");
    }
    struct rc_bytes context = rc_bytes_of_text(directive->arguments[1].key);
    return cluster_wrong_if(cluster,
                            rc_rawnode_read_index(member->node, context));
}

bool do_forget_leader(struct cluster *cluster,
                      const struct directive *directive)
{
    struct member *member;
    return directive_member(cluster, directive, &member) &&
           cluster_wrong_if(cluster, rc_rawnode_forget_leader(member->node));
}

bool do_transfer_leadership(struct cluster *cluster,
                            const struct directive *directive)
{
    const char *from, *to;
    struct member *member;
    uint64_t target;
    if (!directive_value(cluster, directive, "from", &from) ||
        !directive_value(cluster, directive, "to", &to)) {
        return false;
    }
    if (!from || !to || !parse_number(to, &target)) {
        return cluster_wrong(cluster,
                             "transfer-leadership needs from=node to=node");
    }
    return cluster_member(cluster, from, &member) &&
           cluster_wrong_if(cluster,
                            rc_rawnode_transfer_leader(member->node, target));
}

/* ---- Time ----------------------------------------------------------------*/

static bool tick_member(struct cluster *cluster,
                        const struct directive *directive, bool election)
{
    struct member *member;
    if (!directive_member(cluster, directive, &member)) {
        return false;
    }
    int ticks =
        election ? member->config.election_tick : member->config.heartbeat_tick;
    for (int i = 0; i < ticks; i++) {
        rc_rawnode_tick(member->node);
    }
    return true;
}

bool do_tick_election(struct cluster *cluster,
                      const struct directive *directive)
{
    return tick_member(cluster, directive, true);
}

bool do_tick_heartbeat(struct cluster *cluster,
                       const struct directive *directive)
{
    return tick_member(cluster, directive, false);
}

bool do_tick(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    uint64_t ticks;
    if (!directive_member(cluster, directive, &member)) {
        return false;
    }
    if (directive->count != 2 ||
        !parse_number(directive->arguments[1].key, &ticks) || ticks > 10000) {
        return cluster_wrong(cluster, "tick needs a node and a number");
    }
    for (uint64_t i = 0; i < ticks; i++) {
        rc_rawnode_tick(member->node);
    }
    return true;
}

bool do_set_randomized_election_timeout(struct cluster *cluster,
                                        const struct directive *directive)
{
    struct member *member;
    const char *text;
    uint64_t ticks = 0;
    if (!directive_member(cluster, directive, &member) ||
        !directive_value(cluster, directive, "timeout", &text)) {
        return false;
    }
    if (!text || !parse_number(text, &ticks) || ticks == 0 ||
        ticks > INT32_MAX) {
        return cluster_wrong(cluster,
                             "timeout= needs a number of ticks above 0");
    }
    rc_rawnode_set_randomized_timeout(member->node, (int)ticks);
    return true;
}

/* ---- Storage -------------------------------------------------------------*/

static bool show_log(struct cluster *cluster, const struct member *member)
{
    struct rc_storage ms = rc_memory_storage_interface(member->ms);
    uint64_t first = ms.first_index(ms.self), last = ms.last_index(ms.self);
    struct rc_entries entries = {NULL, NULL, 0};
    if (last < first) {
        cluster_say(cluster,
                    "log is empty: first index=%" PRIu64
                    ", last index=%" PRIu64,
                    first, last);
        return true;
    }
    enum rc_error error =
        ms.entries(ms.self, first, last + 1, RC_NO_LIMIT, &entries);
    if (cluster->level != LEVEL_NONE) {
        rc_describe_entries(&entries, NULL, cluster->output);
    }
    rc_entries_release(&entries);
    return cluster_wrong_if(cluster, error);
}

bool do_raft_log(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    return directive_member(cluster, directive, &member) &&
           show_log(cluster, member);
}

bool do_compact(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    uint64_t index;
    if (!directive_member(cluster, directive, &member)) {
        return false;
    }
    if (directive->count != 2 ||
        !parse_number(directive->arguments[1].key, &index)) {
        return cluster_wrong(cluster, "compact needs a node and an index");
    }
    return cluster_wrong_if(cluster,
                            rc_memory_storage_compact(member->ms, index)) &&
           show_log(cluster, member);
}

/* As after a crash: the node restarts from what it has written. */
bool do_restart(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    const char *what;
    if (!directive_member(cluster, directive, &member)) {
        return false;
    }
    rc_rawnode_free(member->node);
    rc_messages_clear(&member->append_work);
    rc_messages_clear(&member->apply_work);
    member->config.applied = member->history[member->history_count - 1]->index;
    member->node = rc_rawnode_new(&member->config, &what);
    return member->node || cluster_wrong(cluster, "%s", what);
}

/* ---- Status --------------------------------------------------------------*/

static bool is_voter(const struct member *member)
{
    struct rc_conf_state cs = rc_rawnode_conf_state(member->node);
    bool voter = rc_ids_has(&cs.voters, member->config.id) ||
                 rc_ids_has(&cs.voters_outgoing, member->config.id);
    rc_conf_state_release(&cs);
    return voter;
}

bool do_raft_state(struct cluster *cluster, const struct directive *directive)
{
    (void)directive;
    for (size_t i = 0; i < cluster->count; i++) {
        const struct member *member = cluster->members[i];
        struct rc_basic_status is = rc_rawnode_basic_status(member->node);
        cluster_say(cluster,
                    "%" PRIu64 ": %s (%s) Term:%" PRIu64 " Lead:%" PRIu64 "\n",
                    is.id, rc_state_name(is.soft_state.state),
                    is_voter(member) ? "Voter" : "Non-Voter",
                    is.hard_state.term, is.soft_state.lead);
    }
    return true;
}

bool do_status(struct cluster *cluster, const struct directive *directive)
{
    struct member *member;
    if (!directive_member(cluster, directive, &member)) {
        return false;
    }
    struct rc_status is = rc_rawnode_status(member->node);
    struct rc_text text = {NULL, 0, 0};
    rc_progress_map_describe(&is.progress, &text);
    cluster_say(cluster, "%s", rc_text_of(&text));
    rc_text_release(&text);
    rc_status_release(&is);
    return true;
}

/* ---- Transport -----------------------------------------------------------*/

bool do_send_snapshot(struct cluster *cluster,
                      const struct directive *directive)
{
    struct member **members;
    size_t count;
    if (!directive_members(cluster, directive, 2, &members, &count)) {
        return false;
    }
    struct member *from = members[0];
    struct rc_basic_status is = rc_rawnode_basic_status(from->node);
    struct rc_message m = {
        .type = RC_MSG_SNAP,
        .to = members[1]->config.id,
        .from = is.id,
        .term = is.hard_state.term,
        .snapshot = rc_snapshot_share(from->history[from->history_count - 1]),
    };
    free(members);
    cluster_say_message(cluster, &m);
    rc_messages_append(&cluster->in_flight, &m);
    return true;
}

bool do_report_unreachable(struct cluster *cluster,
                           const struct directive *directive)
{
    struct member **members;
    size_t count;
    if (!directive_members(cluster, directive, 0, &members, &count)) {
        return false;
    }
    bool good = count == 2;
    if (good) {
        rc_rawnode_report_unreachable(members[0]->node, members[1]->config.id);
    } else {
        cluster_wrong(cluster,
                      "must specify exactly two node indexes: node on which "
                      "to report, and reported node");
    }
    free(members);
    return good;
}

bool do_report_snapshot(struct cluster *cluster,
                        const struct directive *directive)
{
    struct member **members;
    size_t count;
    bool failed = false;
    const char *text;
    if (!directive_value(cluster, directive, "failed", &text)) {
        return false;
    }
    if (text && !parse_bool(text, &failed)) {
        return cluster_wrong(cluster, "no value for failed: %s", text);
    }
    if (!directive_members(cluster, directive, 2, &members, &count)) {
        return false;
    }
    rc_rawnode_report_snapshot(members[0]->node, members[1]->config.id,
                               !failed);
    free(members);
    return true;
}
