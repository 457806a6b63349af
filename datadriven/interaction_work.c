/* interaction_work.c - does the work of Readys and storage threads, and
 * delivers messages. Layer: datadriven. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "datadriven/interaction.h"
#include "raftcore/describe.h"

/* ---- Writing and applying ------------------------------------------------*/

static bool write_to_storage(struct cluster *cluster, struct member *member,
                             struct rc_hard_state hs,
                             const struct rc_entries *entries,
                             struct rc_snapshot *snapshot)
{
    if (!rc_hard_state_empty(hs)) {
        rc_memory_storage_set_hard_state(member->ms, hs);
    }
    if (rc_snapshot_empty(snapshot)) {
        rc_memory_storage_append(member->ms, entries);
        return true;
    }
    if (entries->count > 0) {
        return cluster_wrong(
            cluster, "can't apply snapshot and entries at the same time");
    }
    return cluster_wrong_if(
        cluster, rc_memory_storage_apply_snapshot(member->ms, snapshot));
}

/* The application's state is all the data that it has applied, in a row. */
static struct rc_payload *appended(const struct rc_payload *before,
                                   struct rc_bytes update)
{
    struct rc_bytes former = rc_payload_bytes(before);
    struct rc_payload *data = rc_payload_new(former.size + update.size);
    if (former.size > 0) {
        memcpy(data->bytes, former.data, former.size);
    }
    if (update.size > 0) {
        memcpy(data->bytes + former.size, update.data, update.size);
    }
    return data;
}

static void apply_entry(struct member *member, const struct rc_entry *entry)
{
    struct rc_snapshot *before = member->history[member->history_count - 1];
    struct rc_snapshot *after = rc_snapshot_new();
    struct rc_conf_change cc = {.count = 0};
    if (entry->type == RC_ENTRY_NORMAL) {
        after->data = appended(before->data, rc_payload_bytes(entry->data));
        rc_conf_state_copy(&after->conf_state, &before->conf_state);
    } else {
        (void)rc_conf_change_decode(entry, &cc);
        after->data = appended(before->data, rc_payload_bytes(cc.context));
        after->conf_state = rc_rawnode_apply_conf_change(member->node, &cc);
        rc_conf_change_release(&cc);
    }
    after->index = entry->index;
    after->term = entry->term;
    member->history =
        lab_xrealloc(member->history,
                     (member->history_count + 1) * sizeof(*member->history));
    member->history[member->history_count++] = after;
}

static void apply_entries(struct member *member,
                          const struct rc_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        apply_entry(member, &entries->at[i]);
    }
}

/* ---- Ready ---------------------------------------------------------------*/

static void queue_messages(struct cluster *cluster, struct member *member,
                           const struct rc_messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        const struct rc_message *m = &messages->at[i];
        struct rc_messages *queue =
            m->to == RC_APPEND_THREAD  ? &member->append_work
            : m->to == RC_APPLY_THREAD ? &member->apply_work
                                       : &cluster->in_flight;
        struct rc_message copy = rc_message_share(m);
        rc_messages_append(queue, &copy);
    }
}

static bool handle_ready(struct cluster *cluster, struct member *member)
{
    struct rc_ready ready = {.has_soft_state = false};
    bool async = member->config.async_storage_writes;
    bool good = true;
    rc_rawnode_ready(member->node, &ready);
    if (cluster->level != LEVEL_NONE) {
        rc_describe_ready(&ready, NULL, cluster->output);
    }
    if (!async) {
        good = write_to_storage(cluster, member, ready.hard_state,
                                &ready.entries, ready.snapshot);
    }
    if (good && !async) {
        apply_entries(member, &ready.committed_entries);
    }
    if (good) {
        queue_messages(cluster, member, &ready.messages);
    }
    rc_ready_release(&ready);
    if (good && !async) {
        rc_rawnode_advance(member->node);
    }
    return good;
}

/* ---- Threads -------------------------------------------------------------*/

static struct rc_message take_first(struct rc_messages *messages)
{
    struct rc_message first = messages->at[0];
    messages->count--;
    memmove(messages->at, messages->at + 1,
            messages->count * sizeof(*messages->at));
    return first;
}

static bool do_work(struct cluster *cluster, struct member *member,
                    struct rc_messages *queue)
{
    bool good = true;
    struct rc_message m = take_first(queue);
    struct rc_messages responses = m.responses;
    m.responses = (struct rc_messages){NULL, 0, 0};
    cluster_say(cluster, "Processing:\n");
    cluster_say_message(cluster, &m);
    cluster_say(cluster, "\n");
    if (m.type == RC_MSG_STORAGE_APPEND) {
        struct rc_hard_state hs = {m.term, m.vote, m.commit};
        good = write_to_storage(cluster, member, hs, &m.entries, m.snapshot);
    } else {
        apply_entries(member, &m.entries);
    }
    rc_message_release(&m);
    if (good) {
        cluster_say(cluster, "Responses:\n");
    }
    for (size_t i = 0; i < responses.count && good; i++) {
        cluster_say_message(cluster, &responses.at[i]);
        cluster_say(cluster, "\n");
        struct rc_message copy = rc_message_share(&responses.at[i]);
        rc_messages_append(&cluster->in_flight, &copy);
    }
    rc_messages_release(&responses);
    return good;
}

static bool append_once(struct cluster *cluster, struct member *member)
{
    if (member->append_work.count == 0) {
        cluster_say(cluster, "no append work to perform");
        return true;
    }
    return do_work(cluster, member, &member->append_work);
}

static bool apply_once(struct cluster *cluster, struct member *member)
{
    if (member->apply_work.count == 0) {
        cluster_say(cluster, "no apply work to perform");
        return true;
    }
    return do_work(cluster, member, &member->apply_work);
}

/* ---- Several nodes -------------------------------------------------------*/

typedef bool member_task(struct cluster *cluster, struct member *member);

static void heading(struct cluster *cluster, const struct member *member,
                    const char *what)
{
    cluster_say(cluster, "> %" PRIu64 " %s\n", member->config.id, what);
}

static bool for_each(struct cluster *cluster, const struct directive *directive,
                     const char *what, member_task *task)
{
    struct member **members;
    size_t count;
    bool good = true;
    if (!directive_members(cluster, directive, 1, &members, &count)) {
        return false;
    }
    if (count == 1) {
        good = task(cluster, members[0]);
    }
    for (size_t i = 0; i < count && count > 1 && good; i++) {
        heading(cluster, members[i], what);
        good = cluster_indented(cluster, task, members[i]);
    }
    free(members);
    return good;
}

bool do_process_ready(struct cluster *cluster,
                      const struct directive *directive)
{
    return for_each(cluster, directive, "handling Ready", handle_ready);
}

bool do_process_append_thread(struct cluster *cluster,
                              const struct directive *directive)
{
    return for_each(cluster, directive, "processing append thread",
                    append_once);
}

bool do_process_apply_thread(struct cluster *cluster,
                             const struct directive *directive)
{
    return for_each(cluster, directive, "processing apply thread", apply_once);
}

/* ---- Messages ------------------------------------------------------------*/

static bool is_own_thread(uint64_t id)
{
    return id == RC_APPEND_THREAD || id == RC_APPLY_THREAD;
}

/* Such messages are never lost. */
static bool is_within_node(const struct rc_message *m)
{
    return m->from == m->to || is_own_thread(m->from) || is_own_thread(m->to);
}

struct delivery {
    uint64_t to;
    int type; /* -1: any */
    bool drop;
};

static bool is_selected(const struct delivery *delivery,
                        const struct rc_message *m)
{
    return m->to == delivery->to &&
           (delivery->type < 0 || (int)m->type == delivery->type) &&
           !(delivery->drop && is_within_node(m));
}

/* Remove the selected messages from those in flight, and return them in order.
 */
static struct rc_messages take_selected(struct cluster *cluster,
                                        const struct delivery *delivery)
{
    struct rc_messages selected = {NULL, 0, 0};
    struct rc_messages *all = &cluster->in_flight;
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (is_selected(delivery, &all->at[i])) {
            rc_messages_append(&selected, &all->at[i]);
        } else {
            all->at[kept++] = all->at[i];
        }
    }
    all->count = kept;
    return selected;
}

/* Deliver or drop the selected messages. Return how many; -1: one is to a node
 * that does not exist. */
static int deliver(struct cluster *cluster, const struct delivery *delivery)
{
    struct rc_messages selected = take_selected(cluster, delivery);
    int count = (int)selected.count;
    for (size_t i = 0; i < selected.count && count >= 0; i++) {
        const struct rc_message *m = &selected.at[i];
        cluster_say(cluster, "%s", delivery->drop ? "dropped: " : "");
        cluster_say_message(cluster, m);
        cluster_say(cluster, "\n");
        if (delivery->drop) {
            continue;
        }
        if (m->to == 0 || m->to > cluster->count) {
            cluster_wrong(cluster, "there is no node %" PRIu64, m->to);
            count = -1;
            continue;
        }
        enum rc_error error =
            rc_rawnode_step(cluster->members[m->to - 1]->node, m);
        if (error != RC_OK) {
            cluster_say(cluster, "%s\n", rc_error_text(error));
        }
    }
    rc_messages_release(&selected);
    return count;
}

static bool find_type(struct cluster *cluster, const char *name, int *type)
{
    for (int i = 0; i < RC_MESSAGE_TYPE_COUNT; i++) {
        if (strcmp(name, rc_message_type_name((enum rc_message_type)i)) == 0) {
            *type = i;
            return true;
        }
    }
    return cluster_wrong(cluster, "unknown message type: %s", name);
}

static bool deliver_argument(struct cluster *cluster,
                             const struct argument *argument, int type,
                             int *count)
{
    bool drop = strcmp(argument->key, "drop") == 0;
    size_t ids = argument->count > 0 ? argument->count : 1;
    if (strcmp(argument->key, "type") == 0) {
        return true;
    }
    if (argument->count > 0 && !drop) {
        return cluster_wrong(cluster, "unknown argument: %s", argument->key);
    }
    if (drop && argument->count == 0) {
        return cluster_wrong(cluster, "drop= needs the ids of nodes");
    }
    for (size_t i = 0; i < ids; i++) {
        const char *text = drop ? argument->values[i] : argument->key;
        struct delivery delivery = {.type = type, .drop = drop};
        if (!parse_number(text, &delivery.to)) {
            return cluster_wrong(cluster, "not the id of a node: %s", text);
        }
        int delivered = deliver(cluster, &delivery);
        if (delivered < 0) {
            return false;
        }
        *count += delivered;
    }
    return true;
}

bool do_deliver_msgs(struct cluster *cluster, const struct directive *directive)
{
    int count = 0, type = -1;
    const char *name;
    bool good = directive_value(cluster, directive, "type", &name) &&
                (!name || find_type(cluster, name, &type));
    for (size_t i = 0; i < directive->count && good; i++) {
        good =
            deliver_argument(cluster, &directive->arguments[i], type, &count);
    }
    if (good && count == 0) {
        cluster_say(cluster, "no messages");
    }
    return good;
}

/* ---- Stabilizing ---------------------------------------------------------*/

static bool deliver_all(struct cluster *cluster, struct member *member)
{
    struct delivery all = {.to = member->config.id, .type = -1};
    return deliver(cluster, &all) >= 0;
}

static bool has_messages(const struct cluster *cluster,
                         const struct member *member)
{
    for (size_t i = 0; i < cluster->in_flight.count; i++) {
        if (cluster->in_flight.at[i].to == member->config.id) {
            return true;
        }
    }
    return false;
}

/* What can be done at a node, in the order in which stabilize does it. */
static const struct phase {
    const char *what;
    member_task *task;
    bool again; /* until nothing of it is left */
} phases[] = {
    {"handling Ready", handle_ready, false},
    {"receiving messages", deliver_all, false},
    {"processing append thread", append_once, true},
    {"processing apply thread", apply_once, true},
};
enum { PHASES = sizeof(phases) / sizeof(phases[0]) };

static bool has_phase(const struct cluster *cluster,
                      const struct member *member, int phase)
{
    switch (phase) {
    case 0:
        return rc_rawnode_has_ready(member->node);
    case 1:
        return has_messages(cluster, member);
    case 2:
        return member->append_work.count > 0;
    default:
        return member->apply_work.count > 0;
    }
}

static bool run_phase(struct cluster *cluster, struct member *member, int phase,
                      bool *happened)
{
    if (!has_phase(cluster, member, phase)) {
        return true;
    }
    *happened = true;
    heading(cluster, member, phases[phase].what);
    bool good;
    do {
        good = cluster_indented(cluster, phases[phase].task, member);
    } while (good && phases[phase].again && has_phase(cluster, member, phase));
    return good;
}

static bool stabilize_members(struct cluster *cluster, struct member **members,
                              size_t count)
{
    bool good = true, happened = true;
    while (good && happened) {
        happened = false;
        for (int phase = 0; phase < PHASES; phase++) {
            for (size_t i = 0; i < count && good; i++) {
                good = run_phase(cluster, members[i], phase, &happened);
            }
        }
    }
    return good;
}

bool do_stabilize(struct cluster *cluster, const struct directive *directive)
{
    struct member **members;
    size_t count;
    int level = cluster->level;
    const char *name;
    if (!directive_value(cluster, directive, "log-level", &name) ||
        (name && !cluster_set_level(cluster, name)) ||
        !directive_members(cluster, directive, 0, &members, &count)) {
        cluster->level = level;
        return false;
    }
    bool good = count > 0 ? stabilize_members(cluster, members, count)
                          : stabilize_members(cluster, cluster->members,
                                              cluster->count);
    free(members);
    cluster->level = level;
    return good;
}
