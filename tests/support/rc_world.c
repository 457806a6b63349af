/* rc_world.c - randomized clusters: events and faults.
 * Layer: tests. */
#include "tests/support/rc_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/support/rc_world_state.h"

/* ---- Chance --------------------------------------------------------------*/

static uint64_t below(struct world *world, uint64_t bound)
{
    return random_below(random_at(world->key, world->draws++), bound);
}

static bool chance(struct world *world, uint64_t percent)
{
    return below(world, 100) < percent;
}

static uint64_t draw_for_core(void *world, uint64_t bound)
{
    return below(world, bound);
}

/* ---- Beginning -----------------------------------------------------------*/

static void member_start(struct world *world, struct citizen *citizen)
{
    const char *wrong;
    struct rc_snapshot *newest;
    struct rc_storage ms = rc_memory_storage_interface(citizen->ms);
    struct rc_config config = {
        .id = citizen->id,
        .election_tick = 10,
        .heartbeat_tick = 2,
        .storage = ms,
        .async_storage_writes = citizen->async,
        .max_size_per_msg = world->small ? 30 : RC_NO_LIMIT,
        .max_committed_size_per_ready = world->small ? 40 : RC_NO_LIMIT,
        .max_inflight_msgs = world->small ? 2 : 64,
        .check_quorum = world->check_quorum,
        .pre_vote = world->pre_vote,
        .step_down_on_removal = world->step_down,
        .report_refused_changes = true,
        .member_epochs = world->epochs,
        .random = draw_for_core,
        .random_self = world,
    };
    (void)ms.snapshot(ms.self, &newest);
    config.applied = newest->index;
    citizen->applied = newest->index;
    citizen->chain = world_chain_of(newest);
    rc_conf_state_copy(&citizen->conf_state, &newest->conf_state);
    rc_snapshot_drop(newest);
    citizen->node = rc_rawnode_new(&config, &wrong);
    LAB_ASSERT(citizen->node);
    citizen->handed_out = false;
}

/* first: the members at the start; NULL: a node that joins, and waits to be
 * added. */
static void member_add(struct world *world, struct rc_snapshot *first)
{
    struct citizen *citizen = &world->citizens[world->count++];
    citizen->id = world->count;
    citizen->async = chance(world, 30);
    citizen->ms = rc_memory_storage_new();
    if (first) {
        (void)rc_memory_storage_apply_snapshot(citizen->ms, first);
    }
    member_start(world, citizen);
}

static void world_begin(struct world *world, uint64_t seed)
{
    *world = (struct world){.key = random_key_text(seed, "rct_world")};
    world->small = chance(world, 40);
    world->check_quorum = chance(world, 50);
    world->pre_vote = chance(world, 50);
    world->step_down = chance(world, 50);
    world->epochs = chance(world, 50);
    world->loss = below(world, 3) * 10;
    struct rc_snapshot *first = rc_snapshot_new();
    uint64_t voters = 1 + below(world, 5);
    /* No log has the entries before, so a node that joins needs a snapshot:
     * only that has the first members. */
    first->index = first->term = 1;
    for (uint64_t id = 1; id <= voters; id++) {
        rc_ids_append(&first->conf_state.voters, id);
    }
    for (uint64_t i = 0; i < voters; i++) {
        member_add(world, first);
    }
    rc_snapshot_drop(first);
}

static void stop(struct citizen *citizen)
{
    rc_rawnode_free(citizen->node);
    citizen->node = NULL;
    rc_messages_clear(&citizen->append_work);
    rc_messages_clear(&citizen->apply_work);
    rc_messages_clear(&citizen->own);
    rc_ready_clear(&citizen->ready);
    rc_conf_state_release(&citizen->conf_state);
}

static void world_end(struct world *world)
{
    for (uint64_t i = 0; i < world->count; i++) {
        struct citizen *citizen = &world->citizens[i];
        stop(citizen);
        rc_messages_release(&citizen->append_work);
        rc_messages_release(&citizen->apply_work);
        rc_messages_release(&citizen->own);
        rc_ready_release(&citizen->ready);
        rc_memory_storage_free(citizen->ms);
    }
    rc_messages_release(&world->in_flight);
    free(world->committed);
    free(world->leaders);
}

/* ---- Writing, applying, sending ------------------------------------------*/

static struct rc_hard_state written(const struct citizen *citizen)
{
    struct rc_storage ms = rc_memory_storage_interface(citizen->ms);
    struct rc_hard_state hs;
    struct rc_conf_state cs;
    (void)ms.initial_state(ms.self, &hs, &cs);
    rc_conf_state_release(&cs);
    return hs;
}

/* What is applied is saved as committed first (rawnode.h); with asynchronous
 * writes that is for the application to see to. */
static void write_commit(const struct citizen *citizen, uint64_t index)
{
    struct rc_hard_state hs = written(citizen);
    if (hs.commit < index) {
        hs.commit = index;
        rc_memory_storage_set_hard_state(citizen->ms, hs);
    }
}

static void write(struct world *world, struct citizen *citizen,
                  struct rc_hard_state hs, const struct rc_entries *entries,
                  struct rc_snapshot *snapshot)
{
    if (!rc_hard_state_empty(hs)) {
        uint64_t commit = written(citizen).commit;
        hs.commit = hs.commit > commit ? hs.commit : commit;
        rc_memory_storage_set_hard_state(citizen->ms, hs);
    }
    if (!rc_snapshot_empty(snapshot)) {
        (void)rc_memory_storage_apply_snapshot(citizen->ms, snapshot);
        world_restored(world, citizen, snapshot);
        rc_conf_state_release(&citizen->conf_state);
        rc_conf_state_copy(&citizen->conf_state, &snapshot->conf_state);
    }
    rc_memory_storage_append(citizen->ms, entries);
}

static void apply_change(struct world *world, struct citizen *citizen,
                         const struct rc_entry *entry)
{
    struct rc_conf_change cc;
    if (rc_conf_change_decode(entry, &cc) != RC_OK) {
        world_broken(world, "a change cannot be decoded");
        return;
    }
    rc_conf_state_release(&citizen->conf_state);
    citizen->conf_state = rc_rawnode_apply_conf_change(citizen->node, &cc);
    rc_conf_change_release(&cc);
    world->result.changes++;
}

static void apply(struct world *world, struct citizen *citizen,
                  const struct rc_entries *entries)
{
    for (size_t i = 0; i < entries->count && !world->result.broken; i++) {
        const struct rc_entry *entry = &entries->at[i];
        if (entry->index <= citizen->applied && citizen->async) {
            continue; /* a snapshot has overtaken it */
        }
        write_commit(citizen, entry->index);
        world_applied(world, citizen, entry);
        if (entry->type != RC_ENTRY_NORMAL) {
            apply_change(world, citizen, entry);
        }
    }
}

static void send(struct world *world, struct citizen *citizen,
                 const struct rc_messages *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        struct rc_message m = rc_message_share(&messages->at[i]);
        rc_messages_append(m.to == RC_APPEND_THREAD  ? &citizen->append_work
                           : m.to == RC_APPLY_THREAD ? &citizen->apply_work
                           : m.to == citizen->id     ? &citizen->own
                                                     : &world->in_flight,
                           &m);
    }
}

static void restart(struct world *world, struct citizen *citizen)
{
    stop(citizen);
    member_start(world, citizen);
    world_forget_reads(world, citizen);
}

static void answer_reads(struct world *world, const struct rc_ready *ready)
{
    for (size_t i = 0; i < ready->read_states.count; i++) {
        world_read(world, &ready->read_states.at[i]);
    }
}

/* A node may crash between any two of these. */
static void handle_ready(struct world *world, struct citizen *citizen)
{
    struct rc_ready *ready = &citizen->ready;
    uint64_t crash = world->quiet ? 300 : below(world, 300);
    if (!rc_rawnode_has_ready(citizen->node)) {
        return;
    }
    rc_rawnode_ready(citizen->node, ready);
    answer_reads(world, ready);
    if (citizen->async) {
        send(world, citizen, &ready->messages);
        return;
    }
    if (crash == 0) {
        restart(world, citizen);
        return;
    }
    write(world, citizen, ready->hard_state, &ready->entries, ready->snapshot);
    if (crash == 1) {
        restart(world, citizen);
        return;
    }
    send(world, citizen, &ready->messages);
    apply(world, citizen, &ready->committed_entries);
    if (crash == 2) {
        restart(world, citizen);
        return;
    }
    rc_rawnode_advance(citizen->node);
}

/* ---- Threads of asynchronous writes --------------------------------------*/

static struct rc_message take_out(struct rc_messages *messages, uint64_t i)
{
    struct rc_message m = messages->at[i];
    messages->count--;
    memmove(messages->at + i, messages->at + i + 1,
            (messages->count - i) * sizeof(*messages->at));
    return m;
}

static void work(struct world *world, struct citizen *citizen,
                 struct rc_messages *queue)
{
    if (queue->count == 0) {
        return;
    }
    struct rc_message m = take_out(queue, 0);
    if (m.type == RC_MSG_STORAGE_APPEND) {
        struct rc_hard_state hs = {m.term, m.vote, m.commit};
        write(world, citizen, hs, &m.entries, m.snapshot);
    } else {
        apply(world, citizen, &m.entries);
    }
    send(world, citizen, &m.responses);
    rc_message_release(&m);
}

/* What a node says to itself, in order. */
static void hear_self(struct citizen *citizen)
{
    if (citizen->own.count > 0) {
        struct rc_message m = take_out(&citizen->own, 0);
        (void)rc_rawnode_step(citizen->node, &m);
        rc_message_release(&m);
    }
}

/* ---- The network ---------------------------------------------------------*/

static bool is_cut(const struct world *world, uint64_t a, uint64_t b)
{
    return (world->side >> a & 1) != (world->side >> b & 1);
}

static void arrive(struct world *world, const struct rc_message *m)
{
    if (m->to >= 1 && m->to <= world->count && !is_cut(world, m->from, m->to)) {
        (void)rc_rawnode_step(world->citizens[m->to - 1].node, m);
    }
    /* As every transport must: when the response arrives the log may begin
     * behind the snapshot. */
    if (m->type == RC_MSG_SNAP) {
        rc_rawnode_report_snapshot(world->citizens[m->from - 1].node, m->to,
                                   true);
    }
}

static void report_loss(struct world *world, const struct rc_message *m)
{
    struct citizen *from = &world->citizens[m->from - 1];
    if (m->type == RC_MSG_SNAP) {
        rc_rawnode_report_snapshot(from->node, m->to, false);
    } else if (chance(world, 50)) {
        rc_rawnode_report_unreachable(from->node, m->to);
    }
}

static void deliver(struct world *world)
{
    struct rc_messages *all = &world->in_flight;
    if (all->count == 0) {
        return;
    }
    /* Mostly in order. */
    uint64_t i = chance(world, 80) ? 0 : below(world, all->count);
    struct rc_message m = take_out(all, i);
    if (chance(world, world->loss) || is_cut(world, m.from, m.to)) {
        report_loss(world, &m);
    } else {
        arrive(world, &m);
        if (chance(world, 3)) {
            struct rc_message again = rc_message_share(&m);
            rc_messages_append(all, &again);
        }
    }
    rc_message_release(&m);
}

/* ---- What else happens ---------------------------------------------------*/

static void propose(struct world *world, struct citizen *citizen)
{
    uint8_t data[8];
    uint64_t number = ++world->proposals;
    memcpy(data, &number, sizeof(data));
    (void)rc_rawnode_propose(citizen->node, rc_bytes_of(data, sizeof(data)));
}

static void propose_change(struct world *world, struct citizen *citizen)
{
    struct rc_conf_change cc = {.transition =
                                    (enum rc_transition)below(world, 3)};
    uint64_t count = below(world, 4);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t known =
            world->count < CITIZENS_MAX ? world->count + 1 : CITIZENS_MAX;
        rc_conf_change_add(&cc, (enum rc_change_type)below(world, 4),
                           1 + below(world, known));
    }
    bool v1 = count == 1 && cc.transition == RC_TRANSITION_AUTO;
    if (rc_rawnode_propose_conf_change(citizen->node, &cc, v1) == RC_OK &&
        world->count < CITIZENS_MAX && count > 0) {
        member_add(world, NULL);
    }
    rc_conf_change_release(&cc);
}

static void compact(struct world *world, struct citizen *citizen)
{
    struct rc_storage ms = rc_memory_storage_interface(citizen->ms);
    uint64_t index = citizen->applied;
    /* Not before the core knows that it is applied. */
    if (index != rc_rawnode_basic_status(citizen->node).applied ||
        index > ms.last_index(ms.self) || index < ms.first_index(ms.self)) {
        return;
    }
    struct rc_payload *data = world_snapshot_data(citizen);
    if (rc_memory_storage_create_snapshot(
            citizen->ms, index, &citizen->conf_state, data, NULL) == RC_OK &&
        chance(world, 70)) {
        (void)rc_memory_storage_compact(citizen->ms, index);
    }
    rc_payload_drop(data);
}

static void cut(struct world *world)
{
    world->side = chance(world, 50) ? 0 : below(world, 1 << CITIZENS_MAX) << 1;
}

static void happen(struct world *world, struct citizen *citizen)
{
    uint64_t what = below(world, 1000);
    if (what < 250) {
        rc_rawnode_tick(citizen->node);
    } else if (what < 450) {
        handle_ready(world, citizen);
    } else if (what < 760) {
        deliver(world);
    } else if (what < 820) {
        work(world, citizen, &citizen->append_work);
    } else if (what < 860) {
        work(world, citizen, &citizen->apply_work);
    } else if (what < 920) {
        hear_self(citizen);
    } else if (what < 960) {
        propose(world, citizen);
    } else if (what < 968) {
        propose_change(world, citizen);
    } else if (what < 976) {
        world_ask(world, citizen, below(world, 2));
    } else if (what < 984) {
        compact(world, citizen);
    } else if (what < 988) {
        (void)rc_rawnode_transfer_leader(citizen->node,
                                         1 + below(world, world->count));
    } else if (what < 991) {
        (void)rc_rawnode_campaign(citizen->node);
    } else if (what < 994) {
        cut(world);
    } else if (what < 996) {
        (void)rc_rawnode_forget_leader(citizen->node);
    } else {
        restart(world, citizen);
    }
}

/* ---- Quiet ---------------------------------------------------------------*/

/* The members, according to the node that has applied most. */
static const struct rc_conf_state *members_of(const struct world *world)
{
    const struct citizen *first = &world->citizens[0];
    for (uint64_t i = 0; i < world->count; i++) {
        if (world->citizens[i].applied > first->applied) {
            first = &world->citizens[i];
        }
    }
    return &first->conf_state;
}

static bool is_member(const struct rc_conf_state *cs, uint64_t id)
{
    return rc_ids_has(&cs->voters, id) ||
           rc_ids_has(&cs->voters_outgoing, id) ||
           rc_ids_has(&cs->learners, id);
}

/* Return true if every member knows the configuration, or none yet. A leader
 * that removes itself and is deposed before the others have applied that can
 * leave them with a configuration whose majority is gone: no progress is
 * required of such a cluster. */
static bool members_agree(const struct world *world)
{
    const struct rc_conf_state *cs = members_of(world);
    for (uint64_t i = 0; i < world->count; i++) {
        const struct citizen *citizen = &world->citizens[i];
        if (citizen->conf_state.voters.count > 0 &&
            (is_member(cs, citizen->id) ||
             is_member(&citizen->conf_state, citizen->id)) &&
            !rc_conf_state_equivalent(cs, &citizen->conf_state)) {
            return false;
        }
    }
    return true;
}

static void live(struct world *world, struct citizen *citizen, uint64_t round)
{
    if (round % 4 == 0) {
        rc_rawnode_tick(citizen->node);
    }
    handle_ready(world, citizen);
    work(world, citizen, &citizen->append_work);
    work(world, citizen, &citizen->apply_work);
    hear_self(citizen);
    if (round % 100 == 0) {
        propose(world, citizen);
        compact(world, citizen); /* no older snapshot has the new member */
    }
}

/* Whoever is no member any more is switched off, as an operator would. */
static void live_one_round(struct world *world, uint64_t round)
{
    uint64_t under_way = world->in_flight.count;
    for (uint64_t i = 0; i < under_way; i++) {
        struct rc_message m = take_out(&world->in_flight, 0);
        if (is_member(members_of(world), m.to) &&
            is_member(members_of(world), m.from)) {
            arrive(world, &m);
        }
        rc_message_release(&m);
    }
    for (uint64_t i = 0; i < world->count; i++) {
        if (is_member(members_of(world), world->citizens[i].id)) {
            live(world, &world->citizens[i], round);
            world_check(world, &world->citizens[i]);
        }
    }
}

static bool all_have(const struct world *world, uint64_t index)
{
    const struct rc_conf_state *cs = members_of(world);
    for (uint64_t i = 0; i < world->count; i++) {
        if (is_member(cs, world->citizens[i].id) &&
            world->citizens[i].applied < index) {
            return false;
        }
    }
    return true;
}

static void come_to_rest(struct world *world)
{
    enum { ROUNDS = 8000 };
    uint64_t goal = world->top + 5;
    if (!members_agree(world)) {
        return;
    }
    world->quiet = true;
    world->result.came_to_rest = true;
    world->side = world->loss = 0;
    for (uint64_t round = 0; !world->result.broken; round++) {
        if (all_have(world, goal)) {
            return;
        }
        if (round == ROUNDS && members_agree(world)) {
            world_broken(world, "there is no progress though all is quiet");
        }
        if (round == ROUNDS) {
            world->result.came_to_rest = false;
            return;
        }
        live_one_round(world, round);
    }
}

struct world_result world_run(uint64_t seed, uint64_t steps)
{
    struct world world;
    world_begin(&world, seed);
    for (uint64_t i = 0; i < steps && !world.result.broken; i++) {
        struct citizen *citizen = &world.citizens[below(&world, world.count)];
        world.result.step = i;
        happen(&world, citizen);
        for (uint64_t k = 0; k < world.count; k++) {
            world_check(&world, &world.citizens[k]);
        }
    }
    if (!world.result.broken) {
        come_to_rest(&world);
    }
    struct world_result result = world.result;
    result.committed = world.top;
    world_end(&world);
    return result;
}
