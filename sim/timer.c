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

struct timer {
    sim_ns deadline;
    uint64_t order;
    uint32_t slot;
};

struct slot {
    void (*fn)(void *); /* NULL: wake the thread that argument is */
    void *argument;
    uint32_t generation;
    uint32_t at; /* in the heap; or the next free slot */
};

static struct {
    struct timer *heap;
    uint32_t count, room;
    struct slot *slots; /* [0] is unused */
    uint32_t slot_count, free;
    uint64_t order;
} timers;

static bool before(const struct timer *a, const struct timer *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline
                                      : a->order < b->order;
}

static void put(uint32_t at, struct timer timer)
{
    timers.heap[at] = timer;
    timers.slots[timer.slot].at = at;
}

static void up(uint32_t at, struct timer timer)
{
    while (at > 0 && before(&timer, &timers.heap[(at - 1) / 2])) {
        put(at, timers.heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(at, timer);
}

static void down(uint32_t at, struct timer timer)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= timers.count) {
            break;
        }
        if (child + 1 < timers.count &&
            before(&timers.heap[child + 1], &timers.heap[child])) {
            child++;
        }
        if (!before(&timers.heap[child], &timer)) {
            break;
        }
        put(at, timers.heap[child]);
        at = child;
    }
    put(at, timer);
}

static void grow(void)
{
    void *former = heap_enter();
    timers.room = timers.room ? 2 * timers.room : 256;
    timers.heap =
        lab_xrealloc(timers.heap, timers.room * sizeof(timers.heap[0]));
    timers.slots =
        lab_xrealloc(timers.slots, (timers.room + 1) * sizeof(timers.slots[0]));
    timers.slot_count += timers.slot_count == 0; /* slot 0 means none */
    heap_use(former);
}

static uint64_t set(sim_ns deadline, void (*fn)(void *), void *argument)
{
    if (timers.count == timers.room) {
        grow();
    }
    uint32_t at = timers.free;
    struct slot *slot = &timers.slots[at];
    if (at) {
        timers.free = slot->at;
    } else {
        at = timers.slot_count++;
        slot = &timers.slots[at];
        slot->generation = 0;
    }
    slot->fn = fn;
    slot->argument = argument;
    slot->generation++;
    up(timers.count++, (struct timer){deadline, timers.order++, at});
    sched.timer_next = timers.heap[0].deadline;
    return (uint64_t)slot->generation << 32 | at;
}

/* Take the timer at this place out of the heap; its slot becomes free. */
static void take_out(uint32_t at)
{
    struct slot *slot = &timers.slots[timers.heap[at].slot];
    slot->generation++;
    slot->at = timers.free;
    timers.free = timers.heap[at].slot;
    struct timer last = timers.heap[--timers.count];
    if (at < timers.count) {
        if (at > 0 && before(&last, &timers.heap[(at - 1) / 2])) {
            up(at, last);
        } else {
            down(at, last);
        }
    }
    sched.timer_next = timers.count ? timers.heap[0].deadline : SIM_FOREVER;
}

uint64_t timer_wake(sim_ns deadline, struct thread *thread)
{
    return set(deadline, NULL, thread);
}

uint64_t sim_after(sim_ns delay, void (*fn)(void *), void *argument)
{
    LAB_ASSERT(sched.active);
    return set(sched.now + delay, fn, argument);
}

bool sim_cancel(uint64_t timer)
{
    uint32_t slot = (uint32_t)timer;
    if (slot == 0 || slot >= timers.slot_count ||
        timers.slots[slot].generation != (uint32_t)(timer >> 32)) {
        return false;
    }
    take_out(timers.slots[slot].at);
    return true;
}

/* Timers run as framework: its heap, nothing may wait, and nobody's errno. */
void timers_fire(void)
{
    void *former_heap = heap_enter();
    LAB_ASSERT(!sched.inside);
    sched.inside = sched.in_timer = true;
    while (sched.timer_next <= sched.now) {
        struct slot slot = timers.slots[timers.heap[0].slot];
        take_out(0);
        if (slot.fn) {
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
    free(timers.heap);
    free(timers.slots);
    memset(&timers, 0, sizeof(timers));
}
