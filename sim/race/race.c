/* race.c - what is ordered before what: vector clocks of threads and objects.
 * Layer: sim; the race detector. See race.h. One OS thread. */
#include "sim/race/race.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/heap.h"
#include "sim/nodes.h"
#include "sim/race/context.h"
#include "sim/race/memory.h"
#include "sim/race/preempt.h"

/* So many slots rest before the one that rests longest is used again. */
#define SLOTS_RETIRED 24

bool race_on;

static struct {
    struct race_node *nodes;
    struct race_thread *threads;
} all;

/* What me has done is before whatever takes from clock. */
static void release_into(struct race_thread *me, struct race_clock *clock)
{
    race_clock_join(clock, &me->clock);
    race_tick(me);
}

void race_do_acquire(const void *object)
{
    struct race_thread *me = race_me();
    if (me) {
        race_clock_join(&me->clock, &race_sync_of(me, object)->clock);
    }
}

void race_do_release(const void *object)
{
    struct race_thread *me = race_me();
    if (me) {
        release_into(me, &race_sync_of(me, object)->clock);
    }
}

void race_do_acquire_for(struct thread *thread, const void *object)
{
    struct race_thread *me = race_me(), *other = thread->race;
    if (me && other) {
        race_clock_join(&other->clock, &race_sync_of(me, object)->clock);
    }
}

void race_do_forget(const void *object)
{
    struct race_thread *me = race_me();
    if (me) {
        race_sync_of(me, object)->clock.count = 0;
    }
}

/* ---- Slots ---------------------------------------------------------------*/

static void *room_for(void *array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room) {
        return array;
    }
    void *former = heap_enter();
    *room = *room ? 2 * *room : 64;
    array = lab_xrealloc(array, *room * size);
    heap_use(former);
    return array;
}

static uint32_t slot_take(struct race_node *node)
{
    bool full = node->slot_count == RACE_SLOTS_MAX;
    if (node->free_count > (full ? 0 : SLOTS_RETIRED)) {
        uint32_t slot = node->free[node->free_first];
        node->free_first = (node->free_first + 1) % node->free_room;
        node->free_count--;
        return slot;
    }
    LAB_ASSERT(!full); /* more than the threads there can be */
    node->slots = room_for(node->slots, node->slot_count, &node->slot_room,
                           sizeof(node->slots[0]));
    memset(&node->slots[node->slot_count], 0, sizeof(node->slots[0]));
    return node->slot_count++;
}

static void slot_retire(struct race_node *node, uint32_t slot)
{
    if (node->free_count == node->free_room) {
        uint32_t former = node->free_room;
        node->free = room_for(node->free, former, &node->free_room,
                              sizeof(node->free[0]));
        /* The ring was full: unroll it. */
        memcpy(node->free + former, node->free,
               node->free_first * sizeof(node->free[0]));
    }
    uint32_t last = (node->free_first + node->free_count) % node->free_room;
    node->free[last] = slot;
    node->free_count++;
}

static void slot_assign(struct race_thread *me)
{
    struct race_slot *slot = &me->node->slots[me->slot];
    struct race_owner *owner = &slot->past[slot->owners++ % RACE_PAST];
    race_clock_reach(&me->clock, me->slot + 1);
    me->clock.at[me->slot] = ++slot->time;
    owner->from = slot->time;
    owner->start = me->thread->start;
    memcpy(owner->label, me->thread->names.label, sizeof(owner->label));
}

static void slot_vacate(struct race_thread *me)
{
    struct race_slot *slot = &me->node->slots[me->slot];
    struct race_owner *owner = &slot->past[(slot->owners - 1) % RACE_PAST];
    memcpy(owner->label, me->thread->names.label, sizeof(owner->label));
    slot->time = me->clock.at[me->slot];
    slot_retire(me->node, me->slot);
}

/* ---- Threads -------------------------------------------------------------*/

static struct race_thread *thread_new(struct thread *thread)
{
    void *former = heap_enter();
    struct race_thread *made = lab_xmalloc(sizeof(*made));
    heap_use(former);
    memset(made, 0, offsetof(struct race_thread, stack));
    made->thread = thread;
    made->node = thread->node->race;
    made->next = all.threads;
    if (all.threads) {
        all.threads->prev = made;
    }
    all.threads = made;
    return made;
}

void race_thread_made(struct thread *thread)
{
    if (!race_on || !thread->node) {
        return;
    }
    struct race_thread *made = thread_new(thread);
    made->slot = slot_take(made->node);
    thread->race = made;
    struct race_thread *parent = sched.in_timer ? NULL : race_me();
    if (parent && parent->node == made->node) {
        race_clock_copy(&made->clock, &parent->clock);
        race_tick(parent);
    } else {
        race_clock_copy(&made->clock, &made->node->made);
    }
    slot_assign(made);
    race_plan_preemption(made);
}

void race_thread_ended(struct thread *thread)
{
    struct race_thread *me = thread->race;
    if (!me) {
        return;
    }
    struct race_node *node = me->node;
    if (thread->task) {
        race_clock_join(&node->ended, &me->clock);
    }
    if (me->caller) {
        race_clock_join(me->caller, &me->clock);
        if (!node->is_made) {
            race_clock_copy(&node->made, &me->clock);
            node->is_made = true;
        }
    }
    race_pages_drop(&me->pages);
    slot_vacate(me);
}

void race_thread_joined(const struct thread *thread)
{
    struct race_thread *me = race_me();
    if (me && thread->race) {
        race_clock_join(&me->clock, &thread->race->clock);
    }
}

void race_thread_forgotten(struct thread *thread)
{
    struct race_thread *me = thread->race;
    if (!me) {
        return;
    }
    if (me->prev) {
        me->prev->next = me->next;
    } else {
        all.threads = me->next;
    }
    if (me->next) {
        me->next->prev = me->prev;
    }
    race_pages_drop(&me->pages);
    race_clock_free(&me->clock);
    race_clock_free(&me->seen);
    race_clock_free(&me->fenced);
    free(me);
    thread->race = NULL;
}

/* ---- Servers -------------------------------------------------------------*/

static void join_view(struct thread *thread, const struct race_clock *clock)
{
    race_clock_join(&thread->race->clock, clock);
}

/* A service has its own view of its Raft: it takes what was applied, and
 * what it calls is not after what the test has called meanwhile. */
void race_called(struct thread *thread)
{
    if (!race_on) {
        return;
    }
    struct race_node *node = thread->race->node;
    bool service = sched.current->takes;
    thread->race->caller = service ? &node->channel : &node->tester;
    join_view(thread, thread->race->caller);
}

/* By the tester, not by a message: raft_kill, which the rest is over for. */
void race_spawned(struct thread *thread)
{
    if (race_on && !sched.in_timer && !race_me()) {
        struct race_node *node = thread->race->node;
        join_view(thread, &node->tester);
        join_view(thread, &node->channel);
        join_view(thread, &node->ended);
    }
}

void race_booted(struct sim_node *node)
{
    if (race_on && !node->race) {
        struct race_node *made = sim_framework_alloc(sizeof(*made));
        *made = (struct race_node){.next = all.nodes, .node = node};
        all.nodes = made;
        node->race = made;
    }
}

static void node_empty(struct race_node *node)
{
    race_pages_drop(&node->pages);
    free(node->slots);
    free(node->free);
    race_clock_free(&node->tester);
    race_clock_free(&node->channel);
    race_clock_free(&node->ended);
    race_clock_free(&node->made);
    *node = (struct race_node){.next = node->next, .node = node->node};
}

void race_crashed(struct sim_node *node)
{
    if (race_on) {
        node_empty(node->race);
    }
}

/* ---- The apply channel ---------------------------------------------------*/

void sim_order_give(void)
{
    struct race_thread *me = race_me();
    if (me) {
        release_into(me, &me->node->channel);
    }
}

void sim_order_take(void)
{
    struct race_thread *me = race_me();
    if (me) {
        race_clock_join(&me->clock, &me->node->channel);
    } else if (race_on) {
        sched.current->takes = true;
    }
}

/* ---- Runs ----------------------------------------------------------------*/

void race_begin(bool on)
{
    race_on = on;
}

void race_end(void)
{
    race_on = false;
    while (all.threads) {
        race_thread_forgotten(all.threads->thread);
    }
    while (all.nodes) {
        struct race_node *node = all.nodes;
        all.nodes = node->next;
        node_empty(node);
        free(node);
    }
    race_memory_clear();
    race_context_clear();
}
