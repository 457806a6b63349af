/* rawnode.c - a Raft node that its application drives: construction, events.
 * Layer: raftcore. docs/raftcore-spec.md §7.1; etcd's rawnode.go, bootstrap.go.
 */
#include "raftcore/rawnode.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "raftcore/rawnode_state.h"

/* ---- Beginning and end ---------------------------------------------------*/

struct rc_rawnode *rc_rawnode_new(const struct rc_config *config,
                                  const char **wrong)
{
    struct rc_config checked = *config;
    *wrong = rc_config_check(&checked);
    if (*wrong) {
        return NULL;
    }
    struct rc_rawnode *node = lab_xcalloc(1, sizeof(*node));
    node->core = core_new(&checked);
    /* What the storage has needs not be handed out. */
    node->soft_state = core_soft_state(node->core);
    node->hard_state = core_hard_state(node->core);
    node->why = "";
    LAB_ASSERT(node->core->state == RC_FOLLOWER);
    return node;
}

void rc_rawnode_free(struct rc_rawnode *node)
{
    if (node) {
        core_free(node->core);
        rc_messages_release(&node->self_responses);
        if (node->has_append_response) {
            rc_message_release(&node->append_response);
        }
        free(node);
    }
}

static void add_peer(struct core *core, const struct rc_peer *peer,
                     uint64_t index)
{
    struct rc_conf_change cc = {.context = NULL};
    if (peer->context.size > 0) {
        cc.context = rc_payload_of(peer->context);
    }
    rc_conf_change_add(&cc, RC_ADD_NODE, peer->id);
    struct rc_entry entry = {
        .type = RC_ENTRY_CONF_CHANGE,
        .term = 1,
        .index = index,
        .data = rc_conf_change_encode(&cc, RC_ENTRY_CONF_CHANGE)};
    LAB_ASSERT(index == raftlog_last_index(&core->log) + 1);
    raftlog_append(&core->log, &entry, 1);
    rc_payload_drop(entry.data);
    rc_conf_change_release(&cc);
}

enum rc_error rc_rawnode_bootstrap(struct rc_rawnode *node,
                                   const struct rc_peer *peers, size_t count)
{
    struct core *core = node->core;
    const struct rc_storage *storage = &core->config.storage;
    if (count == 0) {
        return RC_NO_PEERS;
    }
    if (storage->last_index(storage->self) != 0) {
        return RC_NOT_EMPTY;
    }
    /* Each node starts with the same log: one change per peer, in term 1, as if
     * a leader of that term had added them. The first Ready hands all of it
     * out, with the hard state, so that the application writes it. */
    node->hard_state = (struct rc_hard_state){0, 0, 0};
    core_become_follower(core, 1, RC_NO_NODE);
    for (size_t i = 0; i < count; i++) {
        add_peer(core, &peers[i], i + 1);
    }
    /* Committed, as if a quorum had them. The application will apply them; the
     * members are known from now on all the same, as without members no node
     * could campaign. To apply a change twice does no harm. */
    LAB_ASSERT(raftlog_last_index(&core->log) == count);
    core->log.committed = count;
    for (size_t i = 0; i < count; i++) {
        struct rc_change change = {RC_ADD_NODE, peers[i].id};
        struct rc_conf_change cc = {.changes = &change, .count = 1};
        struct rc_conf_state cs = core_apply_conf_change(core, &cc);
        rc_conf_state_release(&cs);
    }
    return RC_OK;
}

/* ---- Events --------------------------------------------------------------*/

void rc_rawnode_tick(struct rc_rawnode *node)
{
    core_tick(node->core);
}

void rc_rawnode_tick_quiesced(struct rc_rawnode *node)
{
    node->core->election_elapsed++;
}

/* A message without a term, in the name of from. */
static enum rc_error step_local(struct rc_rawnode *node,
                                enum rc_message_type type, uint64_t from)
{
    struct rc_message m = {.type = type, .from = from};
    return core_step(node->core, &m);
}

enum rc_error rc_rawnode_campaign(struct rc_rawnode *node)
{
    return step_local(node, RC_MSG_HUP, RC_NO_NODE);
}

/* A message with lent entries: what is kept of them is copied. */
static enum rc_error step_entries(struct rc_rawnode *node,
                                  enum rc_message_type type, uint64_t from,
                                  struct rc_entry *at, size_t count)
{
    struct rc_message m = {
        .type = type, .from = from, .entries = {NULL, at, count}};
    LAB_ASSERT(count > 0);
    return core_step(node->core, &m);
}

enum rc_error rc_rawnode_propose_payload(struct rc_rawnode *node,
                                         struct rc_payload *data)
{
    struct rc_entry entry = {.type = RC_ENTRY_NORMAL, .data = data};
    return step_entries(node, RC_MSG_PROP, node->core->config.id, &entry, 1);
}

enum rc_error rc_rawnode_propose(struct rc_rawnode *node, struct rc_bytes data)
{
    struct rc_payload *payload = rc_payload_of(data);
    if (!payload) {
        return RC_NO_MEMORY;
    }
    enum rc_error error = rc_rawnode_propose_payload(node, payload);
    rc_payload_drop(payload);
    return error;
}

enum rc_error rc_rawnode_propose_entries(struct rc_rawnode *node,
                                         const struct rc_entries *entries)
{
    LAB_ASSERT(entries->count > 0);
    return step_entries(node, RC_MSG_PROP, node->core->config.id, entries->at,
                        entries->count);
}

enum rc_error rc_rawnode_propose_conf_change(struct rc_rawnode *node,
                                             const struct rc_conf_change *cc,
                                             bool v1)
{
    LAB_ASSERT(!v1 || cc->count == 1);
    struct rc_entry entry = {.type = v1 ? RC_ENTRY_CONF_CHANGE
                                        : RC_ENTRY_CONF_CHANGE_V2};
    entry.data = rc_conf_change_encode(cc, entry.type);
    enum rc_error error =
        step_entries(node, RC_MSG_PROP, RC_NO_NODE, &entry, 1);
    rc_payload_drop(entry.data);
    return error;
}

struct rc_conf_state
rc_rawnode_apply_conf_change(struct rc_rawnode *node,
                             const struct rc_conf_change *cc)
{
    return core_apply_conf_change(node->core, cc);
}

/* Storage threads answer by messages that nobody else may send: validate.c. */
static bool is_own_thread(uint64_t id)
{
    return id == RC_APPEND_THREAD || id == RC_APPLY_THREAD;
}

/* Every message from the network is stepped here. Local ones, and responses
 * from nodes that are no members, are rejected as in etcd; then what would
 * break an invariant. */
enum rc_error rc_rawnode_step(struct rc_rawnode *node,
                              const struct rc_message *m)
{
    if (!is_own_thread(m->from)) {
        if (rc_message_type_local(m->type)) {
            return RC_STEP_LOCAL;
        }
        /* A response to a member that was removed meanwhile, or to a message
         * that was never sent. */
        if (rc_message_type_response(m->type) &&
            !rc_progress_map_get(&node->core->tracker.progress, m->from)) {
            return RC_STEP_PEER_NOT_FOUND;
        }
    }
    enum rc_error error = core_validate(node->core, m, &node->why);
    return error == RC_OK ? core_step(node->core, m) : error;
}

const char *rc_rawnode_why(const struct rc_rawnode *node)
{
    return node->why;
}

enum rc_error rc_rawnode_transfer_leader(struct rc_rawnode *node, uint64_t to)
{
    return step_local(node, RC_MSG_TRANSFER_LEADER, to);
}

enum rc_error rc_rawnode_forget_leader(struct rc_rawnode *node)
{
    return step_local(node, RC_MSG_FORGET_LEADER, RC_NO_NODE);
}

enum rc_error rc_rawnode_read_index(struct rc_rawnode *node,
                                    struct rc_bytes context)
{
    struct rc_entry entry = {.type = RC_ENTRY_NORMAL,
                             .data = rc_payload_of(context)};
    if (!entry.data) {
        return RC_NO_MEMORY;
    }
    enum rc_error error =
        step_entries(node, RC_MSG_READ_INDEX, RC_NO_NODE, &entry, 1);
    rc_payload_drop(entry.data);
    return error;
}

void rc_rawnode_report_unreachable(struct rc_rawnode *node, uint64_t id)
{
    (void)step_local(node, RC_MSG_UNREACHABLE, id);
}

void rc_rawnode_report_snapshot(struct rc_rawnode *node, uint64_t id,
                                bool arrived)
{
    struct rc_message m = {
        .type = RC_MSG_SNAP_STATUS, .from = id, .reject = !arrived};
    (void)core_step(node->core, &m);
}

void rc_rawnode_set_randomized_timeout(struct rc_rawnode *node, int ticks)
{
    LAB_ASSERT(ticks > 0);
    node->core->randomized_election_timeout = ticks;
}
