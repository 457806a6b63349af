/* timer.c - timers in the order of their deadlines; equal deadlines fire in the
 * order in which they were set.
 * Layer: sim. One OS thread; in real runs under the mutex of the run.
 *
 * A timer's number is its slot and, above it, the slot's generation, so that
 * sim_cancel() recognizes the number of a timer that has fired. */
#include "sim/timer.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/heap.h"
#include "sim/prio.h"
#include "sim/real/mode.h"

struct slot {
    void (*fn)(void *); /* NULL: wake the thread to which argument points */
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
        LAB_ASSERT(at < timers.count);
        timers.free = timers.slots[at].next_free;
        return at;
    }
    if (timers.count == timers.room) {
        void *former = heap_enter(); /* timers survive crashes */
        timers.room = timers.room ? 2 * timers.room : 256;
        timers.slots =
            lab_xrealloc(timers.slots, timers.room * sizeof(timers.slots[0]));
        heap_use(former);
    }
    timers.count += timers.count == 0; /* slot 0 means none */
    timers.slots[timers.count].generation = 0;
    return timers.count++;
}

/* The scheduler compares this at each step, so it is kept at hand. */
static void update_next(void)
{
    sched.timer_next =
        timers.due.count ? prio_first(&timers.due)->key : SIM_FOREVER;
}

static uint64_t set(sim_ns deadline, void (*fn)(void *), void *argument)
{
    uint32_t at = slot_new();
    LAB_ASSERT(at > 0 && at < timers.count);
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
    timers.slots[at].generation++; /* its number means nothing from here on */
    timers.slots[at].next_free = timers.free;
    timers.free = at;
    update_next();
}

uint64_t timer_wake(sim_ns deadline, struct thread *thread)
{
    LAB_ASSERT(thread->timer == 0); /* a thread waits for one at most */
    return set(deadline, NULL, thread);
}

uint64_t sim_after(sim_ns delay, void (*fn)(void *), void *argument)
{
    LAB_ASSERT(sim_active());
    LAB_ASSERT(fn != NULL);
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

/* A timer runs as framework code, on whichever fiber made time pass: with the
 * framework's heap, and inside, so that a wait or a step in it fails. */
void timers_fire(void)
{
    void *former_heap = heap_enter();
    LAB_ASSERT(!sched.inside && !sched.in_timer);
    sched.inside = sched.in_timer = true;
    while (sched.timer_next <= sched.now) {
        uint32_t at = prio_first(&timers.due)->item;
        struct slot slot = timers.slots[at];
        slot_free(at); /* before fn, which may set timers and move the slots */
        if (slot.fn || real_on()) {
            slot.fn(slot.argument);
            continue;
        }
        struct thread *thread = slot.argument;
        LAB_ASSERT((uint32_t)thread->timer == at);
        thread->timer = 0; /* or sched_wake() would cancel it */
        thread->timed_out = true;
        sched_wake(thread);
    }
    LAB_ASSERT(sched.inside && sched.in_timer); /* fn has changed neither */
    sched.inside = sched.in_timer = false;
    heap_use(former_heap);
}

void timers_clear(void)
{
    LAB_ASSERT(!sched.active);
    prio_release(&timers.due);
    free(timers.slots);
    memset(&timers, 0, sizeof(timers));
}
