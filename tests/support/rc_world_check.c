/* rc_world_check.c - randomized clusters: the properties that must hold.
 * Layer: tests. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "raftcore/rawnode_state.h"
#include "tests/support/rc_world_state.h"

void world_broken(struct world *world, const char *what)
{
    if (!world->result.broken) {
        world->result.broken = what;
    }
}

static void mix(struct world *world, uint64_t value)
{
    world->result.hash = random_mix(world->result.hash ^ value);
}

/* ---- Committed -----------------------------------------------------------*/

static struct fact *fact_of(struct world *world, uint64_t index)
{
    if (index >= world->committed_room) {
        uint64_t room = 2 * index + 16;
        world->committed =
            lab_xrealloc(world->committed, room * sizeof(*world->committed));
        memset(world->committed + world->committed_room, 0,
               (room - world->committed_room) * sizeof(*world->committed));
        world->committed_room = room;
    }
    return &world->committed[index];
}

static void note_committed(struct world *world, uint64_t index, uint64_t term)
{
    struct fact *fact = fact_of(world, index);
    if (fact->term == 0) {
        fact->term = term;
        mix(world, index << 32 ^ term);
    } else if (fact->term != term) {
        world_broken(world, "two entries are committed at one index");
    }
    if (index > world->top) {
        world->top = index;
    }
}

/* ---- State machines ------------------------------------------------------*/

static uint64_t chain(uint64_t before, const struct rc_entry *entry)
{
    struct rc_bytes bytes = rc_payload_bytes(entry->data);
    uint64_t hash = random_mix(before ^ entry->index << 20 ^ entry->term << 4 ^
                               (uint64_t)entry->type);
    for (size_t i = 0; i < bytes.size; i++) {
        hash = random_mix(hash ^ bytes.data[i]);
    }
    return hash;
}

static void compare_chain(struct world *world, uint64_t index, uint64_t hash)
{
    struct fact *fact = fact_of(world, index);
    if (!fact->is_applied) {
        fact->is_applied = true;
        fact->chain = hash;
    } else if (fact->chain != hash) {
        world_broken(world, "two state machines differ");
    }
}

void world_applied(struct world *world, struct citizen *citizen,
                   const struct rc_entry *entry)
{
    if (entry->index != citizen->applied + 1) {
        world_broken(world, "an entry is left out");
    }
    citizen->applied = entry->index;
    citizen->chain = chain(citizen->chain, entry);
    compare_chain(world, entry->index, citizen->chain);
}

struct rc_payload *world_snapshot_data(const struct citizen *citizen)
{
    return rc_payload_of(rc_bytes_of(&citizen->chain, sizeof(citizen->chain)));
}

uint64_t world_chain_of(const struct rc_snapshot *snapshot)
{
    uint64_t hash = 0;
    struct rc_bytes bytes = rc_payload_bytes(snapshot->data);
    if (bytes.size == sizeof(hash)) {
        memcpy(&hash, bytes.data, sizeof(hash));
    }
    return hash;
}

void world_restored(struct world *world, struct citizen *citizen,
                    const struct rc_snapshot *snapshot)
{
    if (snapshot->index <= citizen->applied) {
        world_broken(world, "a snapshot goes back");
    }
    citizen->applied = snapshot->index;
    citizen->chain = world_chain_of(snapshot);
    compare_chain(world, snapshot->index, citizen->chain);
    world->result.restored++;
}

/* ---- Leaders -------------------------------------------------------------*/

static uint64_t *leader_of(struct world *world, uint64_t term)
{
    if (term >= world->leaders_room) {
        uint64_t room = 2 * term + 16;
        world->leaders =
            lab_xrealloc(world->leaders, room * sizeof(*world->leaders));
        memset(world->leaders + world->leaders_room, 0,
               (room - world->leaders_room) * sizeof(*world->leaders));
        world->leaders_room = room;
    }
    return &world->leaders[term];
}

static void check_new_leader(struct world *world, const struct citizen *citizen,
                             uint64_t term)
{
    const struct raftlog *log = &citizen->node->core->log;
    uint64_t *leader = leader_of(world, term);
    uint64_t own_term;
    if (*leader == 0) {
        *leader = citizen->id;
        world->result.leaders++;
        mix(world, term << 8 ^ citizen->id);
    } else if (*leader != citizen->id) {
        world_broken(world, "a term has two leaders");
    }
    if (world->top > 0 &&
        (raftlog_term(log, world->top, &own_term) != RC_OK ||
         own_term != fact_of(world, world->top)->term) &&
        raftlog_first_index(log) <= world->top) {
        world_broken(world, "a leader lacks what is committed");
    }
}

/* ---- Each node -----------------------------------------------------------*/

static void check_commit(struct world *world, struct citizen *citizen,
                         uint64_t commit)
{
    const struct raftlog *log = &citizen->node->core->log;
    uint64_t term;
    for (uint64_t index = citizen->commit + 1; index <= commit; index++) {
        if (raftlog_term(log, index, &term) == RC_OK) {
            note_committed(world, index, term);
        }
    }
    if (log->applied > log->applying || log->applying > log->committed ||
        log->committed > raftlog_last_index(log)) {
        world_broken(world, "applied <= applying <= committed <= last");
    }
}

void world_check(struct world *world, struct citizen *citizen)
{
    struct rc_basic_status is = rc_rawnode_basic_status(citizen->node);
    struct rc_hard_state hs = is.hard_state;
    bool leads = is.soft_state.state == RC_LEADER;
    if (hs.term < citizen->term && !citizen->handed_out) {
        /* A crash forgets a term that was not written; no message had it. */
        citizen->was_leader = false;
    }
    if (hs.commit > citizen->commit) {
        check_commit(world, citizen, hs.commit);
    }
    if (leads && (!citizen->was_leader || hs.term != citizen->term)) {
        check_new_leader(world, citizen, hs.term);
    }
    citizen->was_leader = leads;
    citizen->term = hs.term;
    citizen->commit = hs.commit;
}

/* ---- Reads ---------------------------------------------------------------*/

void world_ask(struct world *world, struct citizen *citizen, uint64_t twice)
{
    struct read *read = &world->reads[world->reads_asked % READS_MAX];
    *read = (struct read){++world->reads_asked, citizen->id, world->top};
    struct rc_bytes context = rc_bytes_of(&read->number, sizeof(read->number));
    for (uint64_t i = 0; i <= twice; i++) {
        (void)rc_rawnode_read_index(citizen->node, context);
    }
}

void world_read(struct world *world, const struct rc_read_state *state)
{
    uint64_t number;
    struct rc_bytes bytes = rc_payload_bytes(state->context);
    LAB_ASSERT(bytes.size == sizeof(number));
    memcpy(&number, bytes.data, sizeof(number));
    const struct read *read = &world->reads[(number - 1) % READS_MAX];
    if (read->number != number) {
        return; /* long ago */
    }
    world->result.reads++;
    mix(world, number << 16 ^ state->index);
    if (state->index < read->top) {
        world_broken(world, "a read is behind what was committed before it");
    }
}

void world_forget_reads(struct world *world, const struct citizen *citizen)
{
    for (int i = 0; i < READS_MAX; i++) {
        if (world->reads[i].asker == citizen->id) {
            world->reads[i] = (struct read){0, 0, 0};
        }
    }
}
