/* interaction_add.c - add-nodes: makes nodes from options.
 * Layer: datadriven. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "datadriven/interaction.h"

/* ---- Options -------------------------------------------------------------*/

static void take_ids(const struct argument *argument, struct rc_ids *ids,
                     bool *good)
{
    for (size_t i = 0; i < argument->count; i++) {
        uint64_t id = 0;
        if (argument->values[i][0] != '\0') {
            *good = parse_number(argument->values[i], &id) && *good;
            rc_ids_append(ids, id);
        }
    }
}

static bool take_read_only(struct cluster *cluster, const char *value,
                           struct rc_config *config)
{
    if (strcmp(value, "safe") == 0) {
        config->read_only_option = RC_READ_ONLY_SAFE;
    } else if (strcmp(value, "lease-based") == 0) {
        config->read_only_option = RC_READ_ONLY_LEASE_BASED;
    } else {
        return cluster_wrong(cluster, "invalid read-only option \"%s\"", value);
    }
    return true;
}

/* Options that are a truth value, and options that are a number. */
static bool *flag_of(struct rc_config *config, const char *key)
{
    const struct {
        const char *key;
        bool *flag;
    } flags[] = {
        {"async-storage-writes", &config->async_storage_writes},
        {"prevote", &config->pre_vote},
        {"checkquorum", &config->check_quorum},
        {"disable-conf-change-validation",
         &config->disable_conf_change_validation},
        {"step-down-on-removal", &config->step_down_on_removal},
        {"disable-proposal-forwarding", &config->disable_proposal_forwarding},
        {"report-refused-changes", &config->report_refused_changes},
        {"member-epochs", &config->member_epochs},
        {"keep-going-after-loss", &config->keep_going_after_loss},
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(flags[i].key, key) == 0) {
            return flags[i].flag;
        }
    }
    return NULL;
}

static uint64_t *number_of(struct rc_config *config, struct rc_snapshot *first,
                           const char *key)
{
    const struct {
        const char *key;
        uint64_t *number;
    } numbers[] = {
        {"index", &first->index},
        {"inflight", &config->max_inflight_msgs},
        {"inflight-bytes", &config->max_inflight_bytes},
        {"max-committed-size-per-ready", &config->max_committed_size_per_ready},
        {"max-size-per-msg", &config->max_size_per_msg},
        {"max-uncommitted-size", &config->max_uncommitted_entries_size},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(numbers[i].key, key) == 0) {
            return numbers[i].number;
        }
    }
    return NULL;
}

static bool take_option(struct cluster *cluster,
                        const struct argument *argument,
                        struct rc_config *config, struct rc_snapshot *first)
{
    const char *key = argument->key;
    const char *value = argument->count > 0 ? argument->values[0] : "";
    bool *flag = flag_of(config, key);
    uint64_t *number = number_of(config, first, key);
    bool good = true;
    if (strcmp(key, "voters") == 0) {
        take_ids(argument, &first->conf_state.voters, &good);
    } else if (strcmp(key, "learners") == 0) {
        take_ids(argument, &first->conf_state.learners, &good);
    } else if (strcmp(key, "read-only") == 0) {
        return take_read_only(cluster, value, config);
    } else if (flag) {
        good = parse_bool(value, flag);
    } else if (number) {
        good = parse_number(value, number);
    } else {
        return cluster_wrong(cluster, "unknown argument: %s", key);
    }
    return good || cluster_wrong(cluster, "no value for %s: %s", key, value);
}

/* ---- One node ------------------------------------------------------------*/

static enum rc_error newest_snapshot(void *self, struct rc_snapshot **snapshot)
{
    const struct member *member = self;
    *snapshot = rc_snapshot_share(member->history[member->history_count - 1]);
    return RC_OK;
}

static bool add_node(struct cluster *cluster, const struct rc_config *config,
                     struct rc_snapshot *first)
{
    const char *what;
    struct member *member = lab_xcalloc(1, sizeof(*member));
    member->cluster = cluster;
    member->ms = rc_memory_storage_new();
    if (first->index > 0) {
        (void)rc_memory_storage_apply_snapshot(member->ms, first);
    }
    member->history = lab_xmalloc(sizeof(*member->history));
    member->history[0] = rc_snapshot_share(first);
    member->history_count = 1;
    member->config = *config;
    member->config.id = cluster->count + 1;
    rc_memory_storage_set_source(member->ms, newest_snapshot, member);
    member->config.storage = rc_memory_storage_interface(member->ms);
    member->node = rc_rawnode_new(&member->config, &what);
    if (!member->node) {
        member_free(member);
        return cluster_wrong(cluster, "%s", what);
    }
    cluster->members = lab_xrealloc(
        cluster->members, (cluster->count + 1) * sizeof(*cluster->members));
    cluster->members[cluster->count++] = member;
    return true;
}

void member_free(struct member *member)
{
    rc_rawnode_free(member->node);
    rc_memory_storage_free(member->ms);
    rc_messages_release(&member->append_work);
    rc_messages_release(&member->apply_work);
    for (size_t i = 0; i < member->history_count; i++) {
        rc_snapshot_drop(member->history[i]);
    }
    free(member->history);
    free(member);
}

/* ---- The directive -------------------------------------------------------*/

static bool check_first(struct cluster *cluster, struct rc_snapshot *first,
                        struct rc_config *config)
{
    if (first->index == 0 && first->conf_state.voters.count == 0 &&
        first->conf_state.learners.count == 0) {
        return true;
    }
    if (first->index <= 1) {
        return cluster_wrong(cluster,
                             "index must be specified as > 1 due to bootstrap");
    }
    first->term = 1;
    config->applied = first->index;
    return true;
}

bool do_add_nodes(struct cluster *cluster, const struct directive *directive)
{
    uint64_t count = 0;
    struct rc_snapshot *first = rc_snapshot_new();
    struct rc_config config = {
        .election_tick = 3,
        .heartbeat_tick = 1,
        .max_size_per_msg = RC_NO_LIMIT,
        .max_inflight_msgs = INT32_MAX,
        .logger = &cluster->logger,
    };
    bool good = directive->count > 0 &&
                parse_number(directive->arguments[0].key, &count) &&
                count <= 1000;
    if (!good) {
        cluster_wrong(cluster, "add-nodes needs a number of nodes");
    }
    for (size_t i = 1; i < directive->count && good; i++) {
        good = take_option(cluster, &directive->arguments[i], &config, first);
    }
    good = good && check_first(cluster, first, &config);
    for (uint64_t i = 0; i < count && good; i++) {
        good = add_node(cluster, &config, first);
    }
    rc_snapshot_drop(first);
    return good;
}
