/* rawnode.c - a Raft node that its application drives: events.
 * Layer: raftcore. Specification, section 7.1. */
#include "raftcore/rawnode.h"

#include <stdlib.h>

#include "base/assert.h"
#include "raftcore/rawnode_state.h"

/* ---- Beginning and end ---------------------------------------------------*/

struct rawnode *rawnode_new(const struct core_config *config,
                            const char **wrong)
{
    struct core_config checked = *config;
    *wrong = core_config_check(&checked);
    if (*wrong) {
        return NULL;
    }
    struct rawnode *node = lab_xcalloc(1, sizeof(*node));
    node->core = core_new(&checked);
    node->soft_state = core_soft_state(node->core);
    node->hard_state = core_hard_state(node->core);
    node->why = "";
    return node;
}

void rawnode_free(struct rawnode *node)
{
    if (node) {
        core_free(node->core);
        messages_release(&node->promises);
        if (node->has_written) {
            message_release(&node->written);
        }
        free(node);
    }
}

static void add_peer(struct core *core, const struct peer *peer, uint64_t index)
{
    struct conf_change cc = {.context = NULL};
    if (peer->context.size > 0) {
        cc.context = payload_of(peer->context);
    }
    conf_change_add(&cc, ADD_NODE, peer->id);
    struct entry entry = {.type = ENTRY_CONF_CHANGE,
                          .term = 1,
                          .index = index,
                          .data = conf_change_encode(&cc, ENTRY_CONF_CHANGE)};
    raftlog_append(&core->log, &entry, 1);
    payload_drop(entry.data);
    conf_change_release(&cc);
}

enum core_error rawnode_bootstrap(struct rawnode *node,
                                  const struct peer *peers, size_t count)
{
    struct core *core = node->core;
    const struct storage *storage = &core->config.storage;
    if (count == 0) {
        return CORE_NO_PEERS;
    }
    if (storage->last_index(storage->self) != 0) {
        return CORE_NOT_EMPTY;
    }
    node->hard_state = (struct hard_state){0, 0, 0};
    core_become_follower(core, 1, NO_NODE);
    for (size_t i = 0; i < count; i++) {
        add_peer(core, &peers[i], i + 1);
    }
    /* As if a quorum had them. They are handed out to be applied; the members
     * are known from now on, so that a campaign can begin before. */
    core->log.committed = count;
    for (size_t i = 0; i < count; i++) {
        struct change change = {ADD_NODE, peers[i].id};
        struct conf_change cc = {.changes = &change, .count = 1};
        struct conf_state cs = core_apply_conf_change(core, &cc);
        conf_state_release(&cs);
    }
    return CORE_OK;
}

/* ---- Events --------------------------------------------------------------*/

void rawnode_tick(struct rawnode *node)
{
    core_tick(node->core);
}

void rawnode_tick_quiesced(struct rawnode *node)
{
    node->core->election_elapsed++;
}

static enum core_error step_local(struct rawnode *node, enum message_type type,
                                  uint64_t from)
{
    struct message m = {.type = type, .from = from};
    return core_step(node->core, &m);
}

enum core_error rawnode_campaign(struct rawnode *node)
{
    return step_local(node, MSG_HUP, NO_NODE);
}

/* A message with lent entries. */
static enum core_error step_entries(struct rawnode *node,
                                    enum message_type type, uint64_t from,
                                    struct entry *at, size_t count)
{
    struct message m = {
        .type = type, .from = from, .entries = {NULL, at, count}};
    return core_step(node->core, &m);
}

enum core_error rawnode_propose_payload(struct rawnode *node,
                                        struct payload *data)
{
    struct entry entry = {.type = ENTRY_NORMAL, .data = data};
    return step_entries(node, MSG_PROP, node->core->config.id, &entry, 1);
}

enum core_error rawnode_propose(struct rawnode *node, struct bytes data)
{
    struct payload *payload = payload_of(data);
    if (!payload) {
        return CORE_NO_MEMORY;
    }
    enum core_error error = rawnode_propose_payload(node, payload);
    payload_drop(payload);
    return error;
}

enum core_error rawnode_propose_entries(struct rawnode *node,
                                        const struct entries *entries)
{
    LAB_ASSERT(entries->count > 0);
    return step_entries(node, MSG_PROP, node->core->config.id, entries->at,
                        entries->count);
}

enum core_error rawnode_propose_conf_change(struct rawnode *node,
                                            const struct conf_change *cc,
                                            bool v1)
{
    struct entry entry = {.type =
                              v1 ? ENTRY_CONF_CHANGE : ENTRY_CONF_CHANGE_V2};
    entry.data = conf_change_encode(cc, entry.type);
    enum core_error error = step_entries(node, MSG_PROP, NO_NODE, &entry, 1);
    payload_drop(entry.data);
    return error;
}

struct conf_state rawnode_apply_conf_change(struct rawnode *node,
                                            const struct conf_change *cc)
{
    return core_apply_conf_change(node->core, cc);
}

static bool is_own_thread(uint64_t id)
{
    return id == APPEND_NODE || id == APPLY_NODE;
}

enum core_error rawnode_step(struct rawnode *node, const struct message *m)
{
    if (!is_own_thread(m->from)) {
        if (message_type_local(m->type)) {
            return CORE_STEP_LOCAL;
        }
        if (message_type_response(m->type) &&
            !progress_map_get(&node->core->tracker.progress, m->from)) {
            return CORE_STEP_STRANGER;
        }
    }
    enum core_error error = core_check_message(node->core, m, &node->why);
    return error == CORE_OK ? core_step(node->core, m) : error;
}

const char *rawnode_why(const struct rawnode *node)
{
    return node->why;
}

enum core_error rawnode_transfer_leader(struct rawnode *node, uint64_t to)
{
    return step_local(node, MSG_TRANSFER_LEADER, to);
}

enum core_error rawnode_forget_leader(struct rawnode *node)
{
    return step_local(node, MSG_FORGET_LEADER, NO_NODE);
}

enum core_error rawnode_read_index(struct rawnode *node, struct bytes context)
{
    struct entry entry = {.type = ENTRY_NORMAL, .data = payload_of(context)};
    if (!entry.data) {
        return CORE_NO_MEMORY;
    }
    enum core_error error =
        step_entries(node, MSG_READ_INDEX, NO_NODE, &entry, 1);
    payload_drop(entry.data);
    return error;
}

void rawnode_report_unreachable(struct rawnode *node, uint64_t id)
{
    (void)step_local(node, MSG_UNREACHABLE, id);
}

void rawnode_report_snapshot(struct rawnode *node, uint64_t id, bool arrived)
{
    struct message m = {
        .type = MSG_SNAP_STATUS, .from = id, .reject = !arrived};
    (void)core_step(node->core, &m);
}

void rawnode_set_randomized_timeout(struct rawnode *node, int ticks)
{
    node->core->randomized_election_timeout = ticks;
}
