/* timer.c - a heap of deadlines; equal ones fire in the order they were set.
 * Layer: sim. One OS thread.
 *
 * A timer's number is its slot and the slot's generation, so that a number
 * of a timer that has fired is recognised. */
#include "sim/timer.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/heap.h"
#include "sim/prio.h"
#include "sim/real/mode.h"

struct slot {
    void (*fn)(void *); /* NULL: wake the thread that argument is */
    void *argument;
    uint32_t generation;
    uint32_t next_free;
};

static struct {
    struct prio due;    /* numbers of slots */
    struct slot *slots; /* [0] is unused */
    uint32_t count, room;
    uint32_t free; /* first free slot, linked by next_free */
} timers;

static uint32_t slot_new(void)
{
    uint32_t at = timers.free;
    if (at) {
        timers.free = timers.slots[at].next_free;
        return at;
    }
    if (timers.count == timers.room) {
        void *former = heap_enter();
        timers.room = timers.room ? 2 * timers.room : 256;
        timers.slots =
            lab_xrealloc(timers.slots, timers.room * sizeof(timers.slots[0]));
        heap_use(former);
    }
    timers.count += timers.count == 0; /* slot 0 means none */
    timers.slots[timers.count].generation = 0;
    return timers.count++;
}

static void update_next(void)
{
    sched.timer_next =
        timers.due.count ? prio_first(&timers.due)->key : SIM_FOREVER;
}

static uint64_t set(sim_ns deadline, void (*fn)(void *), void *argument)
{
    uint32_t at = slot_new();
    struct slot *slot = &timers.slots[at];
    slot->fn = fn;
    slot->argument = argument;
    slot->generation++;
    prio_add(&timers.due, deadline, at);
    update_next();
    return (uint64_t)slot->generation << 32 | at;
}

static void slot_free(uint32_t at)
{
    prio_remove(&timers.due, at);
    timers.slots[at].generation++;
    timers.slots[at].next_free = timers.free;
    timers.free = at;
    update_next();
}

uint64_t timer_wake(sim_ns deadline, struct thread *thread)
{
    return set(deadline, NULL, thread);
}

uint64_t sim_after(sim_ns delay, void (*fn)(void *), void *argument)
{
    LAB_ASSERT(sim_active());
    uint64_t number = set(sim_now() + delay, fn, argument);
    if (real_on()) {
        real_timer_set();
    }
    return number;
}

bool sim_cancel(uint64_t timer)
{
    uint32_t slot = (uint32_t)timer;
    if (slot == 0 || slot >= timers.count ||
        timers.slots[slot].generation != (uint32_t)(timer >> 32)) {
        return false;
    }
    slot_free(slot);
    return true;
}

/* Timers run as framework: its heap, nothing may wait, and nobody's errno. */
void timers_fire(void)
{
    void *former_heap = heap_enter();
    LAB_ASSERT(!sched.inside);
    sched.inside = sched.in_timer = true;
    while (sched.timer_next <= sched.now) {
        uint32_t at = prio_first(&timers.due)->item;
        struct slot slot = timers.slots[at];
        slot_free(at);
        if (slot.fn || real_on()) {
            slot.fn(slot.argument);
            continue;
        }
        struct thread *thread = slot.argument;
        thread->timer = 0;
        thread->timed_out = true;
        sched_wake(thread);
    }
    sched.inside = sched.in_timer = false;
    heap_use(former_heap);
}

void timers_clear(void)
{
    prio_release(&timers.due);
    free(timers.slots);
    memset(&timers, 0, sizeof(timers));
}
