/* status.c - a Raft node that its application drives: what it says of itself.
 * Layer: raftcore. Specification, section 7.3. */
#include <inttypes.h>

#include "raftcore/rawnode.h"
#include "raftcore/rawnode_state.h"

struct basic_status rawnode_basic_status(const struct rawnode *node)
{
    const struct core *core = node->core;
    return (struct basic_status){
        .id = core->config.id,
        .hard_state = core_hard_state(core),
        .soft_state = core_soft_state(core),
        .applied = core->log.applied,
        .lead_transferee = core->lead_transferee,
    };
}

struct status rawnode_status(const struct rawnode *node)
{
    const struct core *core = node->core;
    struct status status = {.basic = rawnode_basic_status(node)};
    tracker_config_copy(&status.config, &core->tracker.config);
    if (core->state == LEADER) {
        progress_map_copy(&status.progress, &core->tracker.progress);
    }
    return status;
}

void status_release(struct status *status)
{
    tracker_config_release(&status->config);
    progress_map_release(&status->progress);
}

void status_json(const struct status *status, struct text *text)
{
    const struct basic_status *basic = &status->basic;
    text_add(text,
             "{\"id\":\"%" PRIx64 "\",\"term\":%" PRIu64 ",\"vote\":\"%" PRIx64
             "\",\"commit\":%" PRIu64 ",\"lead\":\"%" PRIx64
             "\",\"raftState\":\"%s\",\"applied\":%" PRIu64 ",\"progress\":{",
             basic->id, basic->hard_state.term, basic->hard_state.vote,
             basic->hard_state.commit, basic->soft_state.lead,
             state_name(basic->soft_state.state), basic->applied);
    for (size_t i = 0; i < status->progress.count; i++) {
        const struct progress *pr = &status->progress.at[i];
        text_add(text,
                 "%s\"%" PRIx64 "\":{\"match\":%" PRIu64 ",\"next\":%" PRIu64
                 ",\"state\":\"%s\"}",
                 i ? "," : "", pr->id, pr->match, pr->next,
                 progress_state_name(pr->state));
    }
    text_add(text, "},\"leadtransferee\":\"%" PRIx64 "\"}",
             basic->lead_transferee);
}

void rawnode_with_progress(const struct rawnode *node,
                           void (*visit)(void *context,
                                         const struct progress *progress),
                           void *context)
{
    const struct progress_map *map = &node->core->tracker.progress;
    for (size_t i = 0; i < map->count; i++) {
        visit(context, &map->at[i]);
    }
}

struct conf_state rawnode_conf_state(const struct rawnode *node)
{
    return tracker_conf_state(&node->core->tracker);
}
