/* fuzz_core_calls.c - libFuzzer target: any sequence of calls on a cluster of
 * cores, among them messages that no core sends.
 * Layer: tests. No input may break an invariant: that would call abort(). Terms
 * and commit indexes never go back. Built by make fuzz. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "raftcore/memory_storage.h"
#include "raftcore/rawnode.h"
#include "raftcore/reconfigure.h"
#include "raftcore/wire.h"

enum { NODES = 3, IN_FLIGHT_MAX = 64, CALLS_MAX = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct member {
    struct rc_rawnode *node;
    struct rc_memory_storage *ms;
    struct rc_config config;
    struct rc_ready ready;
    struct rc_hard_state before; /* must not fall again */
    uint64_t applied;
};

struct scene {
    struct member members[NODES];
    struct rc_messages in_flight;
    struct rc_bytes input; /* what is left of it */
};

/* ---- Input ---------------------------------------------------------------*/

static uint8_t take_byte(struct scene *scene)
{
    if (scene->input.size == 0) {
        return 0;
    }
    scene->input.size--;
    return *scene->input.data++;
}

static struct rc_bytes take_bytes(struct scene *scene)
{
    size_t size = take_byte(scene);
    size = size < scene->input.size ? size : scene->input.size;
    struct rc_bytes bytes = rc_bytes_of(scene->input.data, size);
    scene->input.data += size;
    scene->input.size -= size;
    return bytes;
}

/* Mostly small, so that they meet. */
static uint64_t take_number(struct scene *scene)
{
    uint8_t byte = take_byte(scene);
    return byte < 250 ? byte % 20 : UINT64_MAX >> (8 * (byte - 250));
}

/* ---- Members -------------------------------------------------------------*/

static void start(struct member *member)
{
    const char *wrong;
    member->config.storage = rc_memory_storage_interface(member->ms);
    member->config.applied = member->applied;
    member->node = rc_rawnode_new(&member->config, &wrong);
    LAB_ASSERT(member->node);
}

static void begin(struct scene *scene, uint8_t options)
{
    struct rc_snapshot *first = rc_snapshot_new();
    for (uint64_t id = 1; id <= NODES; id++) {
        rc_ids_append(&first->conf_state.voters, id);
    }
    for (int i = 0; i < NODES; i++) {
        struct member *member = &scene->members[i];
        member->ms = rc_memory_storage_new();
        (void)rc_memory_storage_apply_snapshot(member->ms, first);
        member->config = (struct rc_config){
            .id = (uint64_t)i + 1,
            .election_tick = 3,
            .heartbeat_tick = 1,
            .max_size_per_msg = options & 1 ? RC_NO_LIMIT : 20,
            .max_inflight_msgs = 4,
            .check_quorum = options & 2,
            .pre_vote = options & 4,
            .step_down_on_removal = options & 8,
            .report_refused_changes = true,
            .member_epochs = options & 16,
            .keep_going_after_loss = true,
        };
        start(member);
    }
    rc_snapshot_drop(first);
}

static void end(struct scene *scene)
{
    for (int i = 0; i < NODES; i++) {
        rc_rawnode_free(scene->members[i].node);
        rc_memory_storage_free(scene->members[i].ms);
        rc_ready_release(&scene->members[i].ready);
    }
    rc_messages_release(&scene->in_flight);
}

static void check(struct member *member)
{
    struct rc_basic_status is = rc_rawnode_basic_status(member->node);
    LAB_ASSERT(is.hard_state.term >= member->before.term);
    LAB_ASSERT(is.hard_state.commit >= member->before.commit);
    LAB_ASSERT(is.applied <= is.hard_state.commit);
    member->before = is.hard_state;
}

/* ---- Ready ---------------------------------------------------------------*/

/* A change in a forged message may be impossible. */
static void apply_change(struct member *member, const struct rc_entry *entry)
{
    struct rc_conf_change cc;
    struct rc_tracker tracker = {.max_inflight = 1};
    struct rc_text error = {NULL, 0, 0};
    struct rc_conf_state cs = rc_rawnode_conf_state(member->node);
    if (rc_conf_change_decode(entry, &cc) == RC_OK &&
        rc_reconfigure_restore(&tracker, 1, &cs, &error) &&
        rc_reconfigure_possible(&tracker, &cc, &error)) {
        struct rc_conf_state after =
            rc_rawnode_apply_conf_change(member->node, &cc);
        rc_conf_state_release(&after);
    }
    rc_conf_change_release(&cc);
    rc_conf_state_release(&cs);
    rc_tracker_release(&tracker);
    rc_text_release(&error);
}

static void apply(struct member *member, const struct rc_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (entries->at[i].type != RC_ENTRY_NORMAL) {
            apply_change(member, &entries->at[i]);
        }
        member->applied = entries->at[i].index;
    }
}

static void handle_ready(struct scene *scene, struct member *member)
{
    struct rc_ready *ready = &member->ready;
    if (!rc_rawnode_has_ready(member->node)) {
        return;
    }
    rc_rawnode_ready(member->node, ready);
    if (!rc_hard_state_empty(ready->hard_state)) {
        rc_memory_storage_set_hard_state(member->ms, ready->hard_state);
    }
    if (ready->snapshot) {
        (void)rc_memory_storage_apply_snapshot(member->ms, ready->snapshot);
        member->applied = ready->snapshot->index;
    }
    rc_memory_storage_append(member->ms, &ready->entries);
    for (size_t i = 0; i < ready->messages.count; i++) {
        struct rc_message m = rc_message_share(&ready->messages.at[i]);
        rc_messages_append(&scene->in_flight, &m);
    }
    apply(member, &ready->committed_entries);
    rc_rawnode_advance(member->node);
}

/* ---- Messages ------------------------------------------------------------*/

static void take_out(struct rc_messages *messages, size_t i,
                     struct rc_message *m)
{
    *m = messages->at[i];
    messages->count--;
    memmove(messages->at + i, messages->at + i + 1,
            (messages->count - i) * sizeof(*messages->at));
}

/* Any of those under way, dropped or delivered, maybe once more. */
static void deliver(struct scene *scene, uint8_t how)
{
    struct rc_message m;
    if (scene->in_flight.count == 0) {
        return;
    }
    take_out(&scene->in_flight, how % scene->in_flight.count, &m);
    if (m.to >= 1 && m.to <= NODES && how < 240) {
        (void)rc_rawnode_step(scene->members[m.to - 1].node, &m);
    }
    if (how < 20) {
        rc_messages_append(&scene->in_flight, &m);
    } else {
        rc_message_release(&m);
    }
}

static void add_entries(struct scene *scene, struct rc_message *m)
{
    uint64_t index = m->index, term = take_number(scene);
    for (int count = take_byte(scene) % 4; count > 0; count--) {
        struct rc_bytes bytes = take_bytes(scene);
        struct rc_entry entry = {
            .term = term,
            .index = ++index,
            .type = (enum rc_entry_type)(take_byte(scene) % 4),
            .data = bytes.size > 0 ? rc_payload_of(bytes) : NULL,
        };
        rc_entries_append(&m->entries, &entry, 1);
        rc_payload_drop(entry.data);
        term += take_byte(scene) % 8 == 0;
        index += take_byte(scene) % 32 == 1;
    }
}

static void add_snapshot(struct scene *scene, struct rc_message *m)
{
    m->snapshot = rc_snapshot_new();
    m->snapshot->index = take_number(scene);
    m->snapshot->term = take_number(scene);
    struct rc_conf_state *cs = &m->snapshot->conf_state;
    struct rc_ids *sets[] = {&cs->voters, &cs->voters, &cs->learners,
                             &cs->voters_outgoing, &cs->learners_next};
    for (int count = take_byte(scene) % 8; count > 0; count--) {
        rc_ids_append(sets[take_byte(scene) % 5], take_number(scene));
    }
    cs->auto_leave = take_byte(scene) & 1;
}

/* Mostly a node; also the names of its threads. */
static uint64_t take_sender(struct scene *scene)
{
    uint64_t id = take_number(scene) % 7;
    return id < 5 ? id : id == 5 ? RC_APPEND_THREAD : RC_APPLY_THREAD;
}

/* A message that no node sent. */
static void forge(struct scene *scene, struct member *member)
{
    struct rc_message m = {
        .type = (enum rc_message_type)(take_byte(scene) %
                                       (RC_MESSAGE_TYPE_COUNT + 2)),
        .to = member->config.id,
        .from = take_sender(scene),
        .term = take_number(scene),
        .log_term = take_number(scene),
        .index = take_number(scene),
        .commit = take_number(scene),
        .reject = take_byte(scene) & 1,
        .reject_hint = take_number(scene),
    };
    struct rc_bytes context = take_bytes(scene);
    m.context = context.size > 0 ? rc_payload_of(context) : NULL;
    add_entries(scene, &m);
    if (take_byte(scene) & 1) {
        add_snapshot(scene, &m);
    }
    (void)rc_rawnode_step(member->node, &m);
    rc_message_release(&m);
}

static void from_bytes(struct scene *scene, struct member *member)
{
    struct rc_message m;
    if (rc_wire_decode_message(take_bytes(scene), &m) != RC_OK) {
        return;
    }
    (void)rc_rawnode_step(member->node, &m);
    rc_message_release(&m);
}

/* ---- Calls ---------------------------------------------------------------*/

static void propose_change(struct scene *scene, struct member *member)
{
    struct rc_conf_change cc = {.transition =
                                    (enum rc_transition)(take_byte(scene) % 3)};
    int count = take_byte(scene) % 4;
    for (int i = 0; i < count; i++) {
        rc_conf_change_add(&cc, (enum rc_change_type)(take_byte(scene) % 4),
                           take_byte(scene) % 5);
    }
    bool v1 = count == 1 && cc.transition == RC_TRANSITION_AUTO;
    (void)rc_rawnode_propose_conf_change(member->node, &cc, v1);
    rc_conf_change_release(&cc);
}

static void compact(struct member *member)
{
    struct rc_conf_state cs = rc_rawnode_conf_state(member->node);
    struct rc_storage ms = rc_memory_storage_interface(member->ms);
    if (member->applied <= ms.last_index(ms.self) &&
        member->applied >= ms.first_index(ms.self) &&
        rc_memory_storage_create_snapshot(member->ms, member->applied, &cs,
                                          NULL, NULL) == RC_OK) {
        (void)rc_memory_storage_compact(member->ms, member->applied);
    }
    rc_conf_state_release(&cs);
}

static void call(struct scene *scene, struct member *member, uint8_t what)
{
    switch (what % 16) {
    case 0:
    case 1:
    case 2:
        rc_rawnode_tick(member->node);
        break;
    case 3:
        (void)rc_rawnode_campaign(member->node);
        break;
    case 4:
        (void)rc_rawnode_propose(member->node, take_bytes(scene));
        break;
    case 5:
        propose_change(scene, member);
        break;
    case 6:
    case 7:
        deliver(scene, take_byte(scene));
        break;
    case 8:
        forge(scene, member);
        break;
    case 9:
        from_bytes(scene, member);
        break;
    case 10:
        (void)rc_rawnode_transfer_leader(member->node, take_number(scene));
        break;
    case 11:
        (void)rc_rawnode_read_index(member->node, take_bytes(scene));
        break;
    case 12:
        rc_rawnode_report_snapshot(member->node, take_number(scene), what & 16);
        break;
    case 13:
        rc_rawnode_report_unreachable(member->node, take_number(scene));
        break;
    case 14:
        compact(member);
        break;
    default:
        (void)rc_rawnode_forget_leader(member->node);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene scene = {.input = rc_bytes_of(data, size)};
    begin(&scene, take_byte(&scene));
    for (int i = 0; i < CALLS_MAX && scene.input.size > 0; i++) {
        uint8_t what = take_byte(&scene);
        struct member *member = &scene.members[what / 64 % NODES];
        call(&scene, member, what);
        if (what & 32) {
            handle_ready(&scene, member);
        }
        check(member);
        while (scene.in_flight.count > IN_FLIGHT_MAX) {
            deliver(&scene, 255);
        }
    }
    end(&scene);
    return 0;
}
