/* status.c - the status of a node.
 * Layer: raftcore. docs/raftcore-spec.md §7.3; etcd's status.go. */

#include "base/assert.h"
#include "raftcore/rawnode.h"
#include "raftcore/rawnode_state.h"

struct rc_basic_status rc_rawnode_basic_status(const struct rc_rawnode *node)
{
    const struct core *core = node->core;
    return (struct rc_basic_status){
        .id = core->config.id,
        .hard_state = core_hard_state(core),
        .soft_state = core_soft_state(core),
        .applied = core->log.applied,
        .lead_transferee = core->lead_transferee,
    };
}

struct rc_status rc_rawnode_status(const struct rc_rawnode *node)
{
    const struct core *core = node->core;
    struct rc_status status = {.basic = rc_rawnode_basic_status(node)};
    rc_tracker_config_copy(&status.config, &core->tracker.config);
    if (core->state == RC_LEADER) {
        rc_progress_map_copy(&status.progress, &core->tracker.progress);
    }
    LAB_ASSERT(status.progress.count == 0 || core->state == RC_LEADER);
    return status;
}

void rc_status_release(struct rc_status *status)
{
    rc_tracker_config_release(&status->config);
    rc_progress_map_release(&status->progress);
}

/* etcd writes the members in the random order of a Go map; here the text of a
 * status is the same each time. */
void rc_status_json(const struct rc_status *status, struct rc_text *text)
{
    const struct rc_basic_status *basic = &status->basic;
    rc_text_add(text,
                "{\"id\":\"" X64 "\",\"term\":" D64 ",\"vote\":\"" X64
                "\",\"commit\":" D64 ",\"lead\":\"" X64
                "\",\"raftState\":\"%s\",\"applied\":" D64 ",\"progress\":{",
                basic->id, basic->hard_state.term, basic->hard_state.vote,
                basic->hard_state.commit, basic->soft_state.lead,
                rc_state_name(basic->soft_state.state), basic->applied);
    for (size_t i = 0; i < status->progress.count; i++) {
        const struct rc_progress *pr = &status->progress.at[i];
        rc_text_add(text,
                    "%s\"" X64 "\":{\"match\":" D64 ",\"next\":" D64
                    ",\"state\":\"%s\"}",
                    i ? "," : "", pr->id, pr->match, pr->next,
                    rc_progress_state_name(pr->state));
    }
    rc_text_add(text, "},\"leadtransferee\":\"" X64 "\"}",
                basic->lead_transferee);
}

void rc_rawnode_with_progress(const struct rc_rawnode *node,
                              void (*visit)(void *context,
                                            const struct rc_progress *progress),
                              void *context)
{
    const struct rc_progress_map *map = &node->core->tracker.progress;
    for (size_t i = 0; i < map->count; i++) {
        visit(context, &map->at[i]);
    }
}

struct rc_conf_state rc_rawnode_conf_state(const struct rc_rawnode *node)
{
    return rc_tracker_conf_state(&node->core->tracker);
}
