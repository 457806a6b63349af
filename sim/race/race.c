/* race.c - what orders the threads of a server: race.h.
 * Layer: sim; part of the race detector. One OS thread.
 *
 * Each thread has a vector clock, as in Mattern's and Fidge's papers: its own
 * time, and the last time of each other thread that is ordered before it. A
 * release joins the clock into an object and begins a new time; an acquire
 * joins that of the object. */
#include "sim/race/race.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/heap.h"
#include "sim/node_internal.h"
#include "sim/race/context.h"
#include "sim/race/memory.h"
#include "sim/race/preempt.h"

/* A slot is used again only when more than this many are retired. */
#define SLOTS_RETIRED 24

bool race_on;

static struct {
    struct race_node *nodes;
    struct race_thread *threads;
} all;

/* Order what `me` has done before whatever acquires from the clock. */
static void release_into(struct race_thread *me, struct race_clock *clock)
{
    LAB_ASSERT(clock != &me->clock);
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
        race_sync_of(me, object)->clock.count = 0; /* all times 0 */
    }
}

/* ---- Slots ---------------------------------------------------------------*/

/* Return the array, with room for one more. */
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

/* Take a slot: the one retired longest, if enough are retired to rest, else a
 * new one. */
static uint32_t slot_take(struct race_node *node)
{
    bool full = node->slot_count == RACE_SLOTS_MAX;
    if (node->free_count > (full ? 0 : SLOTS_RETIRED)) {
        uint32_t slot = node->free[node->free_first];
        node->free_first = (node->free_first + 1) % node->free_room;
        node->free_count--;
        return slot;
    }
    LAB_ASSERT(!full); /* a server cannot have so many threads at once */
    node->slots = room_for(node->slots, node->slot_count, &node->slot_room,
                           sizeof(node->slots[0]));
    memset(&node->slots[node->slot_count], 0, sizeof(node->slots[0]));
    return node->slot_count++;
}

static void slot_retire(struct race_node *node, uint32_t slot)
{
    LAB_ASSERT(slot < node->slot_count);
    LAB_ASSERT(node->free_count < node->slot_count);
    if (node->free_count == node->free_room) {
        uint32_t former = node->free_room;
        node->free = room_for(node->free, former, &node->free_room,
                              sizeof(node->free[0]));
        /* The ring was full and began at free_first: move its first part
         * behind its second one. */
        memcpy(node->free + former, node->free,
               node->free_first * sizeof(node->free[0]));
    }
    uint32_t last = (node->free_first + node->free_count) % node->free_room;
    node->free[last] = slot;
    node->free_count++;
}

/* Make the thread the owner of its slot, at a new time: accesses of former
 * owners are before it only if the thread has acquired them. */
static void slot_assign(struct race_thread *me)
{
    struct race_slot *slot = &me->node->slots[me->slot];
    LAB_ASSERT(me->slot < me->node->slot_count);
    struct race_owner *owner = &slot->past[slot->owners++ % RACE_PAST];
    race_clock_reach(&me->clock, me->slot + 1);
    me->clock.at[me->slot] = ++slot->time;
    owner->from = slot->time;
    owner->start = me->thread->start;
    memcpy(owner->label, me->thread->names.label, sizeof(owner->label));
}

/* Give the slot back. The label is copied again: the thread may have named
 * itself since. */
static void slot_vacate(struct race_thread *me)
{
    struct race_slot *slot = &me->node->slots[me->slot];
    LAB_ASSERT(slot->owners > 0 && me->clock.at[me->slot] >= slot->time);
    struct race_owner *owner = &slot->past[(slot->owners - 1) % RACE_PAST];
    memcpy(owner->label, me->thread->names.label, sizeof(owner->label));
    slot->time = me->clock.at[me->slot];
    slot_retire(me->node, me->slot);
}

/* ---- Threads -------------------------------------------------------------*/

static struct race_thread *thread_new(struct thread *thread)
{
    LAB_ASSERT(thread->node && thread->node->race);
    void *former = heap_enter();
    struct race_thread *made = lab_xmalloc(sizeof(*made));
    heap_use(former);
    memset(made, 0, offsetof(struct race_thread, stack)); /* 4 KiB less */
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
    LAB_ASSERT(!thread->race);
    struct race_thread *made = thread_new(thread);
    made->slot = slot_take(made->node);
    thread->race = made;
    /* After its creator; a handler or call, created from outside, after the
     * first call on the server, which is raft_make(): handlers use what that
     * has set up without a lock. */
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
    /* A call returns: the tester, or the service, has now seen what it did. */
    if (me->caller) {
        race_clock_join(me->caller, &me->clock);
        if (!node->is_made) {
            race_clock_copy(&node->made, &me->clock);
            node->is_made = true;
        }
    }
    race_pages_drop(&me->pages); /* the stack will be another thread's */
    slot_vacate(me);
}

void race_thread_joined(const struct thread *thread)
{
    struct race_thread *me = race_me();
    LAB_ASSERT(!me || thread->state == THREAD_ENDED);
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
    LAB_ASSERT(me->thread == thread);
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

/* Order a new thread after what a view has seen. */
static void join_view(struct thread *thread, const struct race_clock *clock)
{
    LAB_ASSERT(thread->race);
    race_clock_join(&thread->race->clock, clock);
}

/* A service has a view of its Raft of its own: it has seen what it took from
 * the apply channel, and its calls are not ordered after calls that the test
 * made at the same time. */
void race_called(struct thread *thread)
{
    if (!race_on) {
        return;
    }
    LAB_ASSERT(thread->race && !thread->race->caller);
    struct race_node *node = thread->race->node;
    bool service = sched.current->takes;
    thread->race->caller = service ? &node->channel : &node->tester;
    join_view(thread, thread->race->caller);
}

/* Not by a message, which a timer delivers, but by the tester: raft_kill(),
 * before which all calls and handlers have ended. */
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

/* Forget all about a server but its record. */
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
        LAB_ASSERT(node->living == 0 && node->race);
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
        /* A thread of the tester that takes is a service: race_called(). */
        sched.current->takes = true;
    }
}

/* ---- Runs ----------------------------------------------------------------*/

void race_begin(bool on)
{
    LAB_ASSERT(!race_on && !all.threads && !all.nodes);
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
