/* sched.c - who runs next, waiting and waking, queues.
 * Layer: sim. One OS thread.
 *
 * Policy random: a thread that becomes runnable draws a short delay, a hash
 * of (seed, path of creation, its own step number), and the one whose time
 * comes first runs; the processor is never idle while somebody can run. So
 * every order is possible, a thread can be held up (rarely for long) at any
 * point, nobody starves, and a draw does not depend on who else is there.
 * Policy fifo: in the order of becoming runnable. */
#include "sim/sched.h"

#include <errno.h>
#include <inttypes.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/fiber.h"
#include "sim/heap.h"
#include "sim/livelock.h"
#include "sim/nodes.h"
#include "sim/sanitizer.h"
#include "sim/threads.h"
#include "sim/timer.h"
#include "sim/tls.h"

#define STEP_COST SIM_US

struct sched sched;

/* ---- Ready threads: a binary heap by (key, order) ------------------------*/

struct ready {
    uint64_t key, order;
    struct thread *thread;
};

static struct {
    struct ready *heap;
    uint32_t count, room;
    uint64_t order; /* of becoming runnable */
} ready;

static bool before(const struct ready *a, const struct ready *b)
{
    return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void ready_put(uint32_t at, struct ready what)
{
    ready.heap[at] = what;
    what.thread->ready_at = at;
}

static void ready_up(uint32_t at, struct ready what)
{
    while (at > 0 && before(&what, &ready.heap[(at - 1) / 2])) {
        ready_put(at, ready.heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    ready_put(at, what);
}

static void ready_down(uint32_t at, struct ready what)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= ready.count) {
            break;
        }
        if (child + 1 < ready.count &&
            before(&ready.heap[child + 1], &ready.heap[child])) {
            child++;
        }
        if (!before(&ready.heap[child], &what)) {
            break;
        }
        ready_put(at, ready.heap[child]);
        at = child;
    }
    ready_put(at, what);
}

static void ready_remove(uint32_t at)
{
    struct ready last = ready.heap[--ready.count];
    if (at == ready.count) {
        return;
    }
    if (at > 0 && before(&last, &ready.heap[(at - 1) / 2])) {
        ready_up(at, last);
    } else {
        ready_down(at, last);
    }
}

/* The delay is mostly some steps, now and then long enough for a message to
 * travel: what a preempted thread looks like to the others. */
static struct ready ready_entry(struct thread *thread)
{
    struct ready entry = {.order = ready.order++, .thread = thread};
    if (sched.policy == SIM_RANDOM) {
        uint64_t draw = random_at(thread->path, thread->steps);
        uint64_t window = (draw & 255) == 0 ? SIM_MS : 16 * SIM_US;
        entry.key = sched.now + random_below(draw, window);
    }
    return entry;
}

static void ready_push(struct ready entry)
{
    if (ready.count == ready.room) {
        void *former = heap_enter();
        ready.room = ready.room ? 2 * ready.room : 64;
        ready.heap =
            lab_xrealloc(ready.heap, ready.room * sizeof(ready.heap[0]));
        heap_use(former);
    }
    entry.thread->state = THREAD_READY;
    ready.count++;
    ready_up(ready.count - 1, entry);
}

/* ---- Switching -----------------------------------------------------------*/

static struct {
    void *sp;         /* of sched_run's stack */
    void *fake_stack; /* address sanitizer */
    const void *low;
    size_t bytes;
} outside;

static struct thread *buried; /* ended; its stack is free after the switch */

static void arrived(void *fake_stack)
{
    if (outside.low == NULL) {
        sanitizer_switch_end(fake_stack, &outside.low, &outside.bytes);
    } else {
        sanitizer_switch_end(fake_stack, NULL, NULL);
    }
    if (buried) {
        struct thread *dead = buried;
        buried = NULL;
        fiber_stack_give(dead->stack, dead->sp);
        if (dead->detached) {
            threads_forget(dead);
        }
    }
}

static void switch_to(struct thread *next)
{
    struct thread *me = sched.current;
    next->state = THREAD_RUNNING;
    if (next == me) {
        return;
    }
    me->saved_errno = errno;
    sched.current = next;
    heap_use(next->heap);
    if (next->node && next->node->tls.size > 0) {
        tls_switch(&next->node->tls, next);
    }
    sanitizer_switch_begin(me->state == THREAD_ENDED ? NULL
                                                     : &me->asan_fake_stack,
                           next->stack, FIBER_STACK_BYTES);
    fiber_switch(&me->sp, next->sp);
    arrived(me->asan_fake_stack);
    errno = me->saved_errno;
}

/* The next thread to run. Time passes only here and in sched_step(). */
static struct thread *pick(void)
{
    while (ready.count == 0) {
        if (sched.timer_next == SIM_FOREVER) {
            sim_fail(SIM_DEADLOCK, "every thread waits, and nothing is left "
                                   "that could wake one");
        }
        if (sched.timer_next > sched.now) {
            sched.now = sched.timer_next;
        }
        timers_fire();
    }
    struct thread *next = ready.heap[0].thread;
    ready_remove(0);
    if (sched.now > sched.time_limit) {
        sched.current = next; /* not its fault: do not blame the last one */
        sim_fail(SIM_TIMEOUT, "the virtual time limit of %.0f s has passed",
                 (double)sched.time_limit / 1e9);
    }
    sched_hash(next->number, sched.now);
    return next;
}

void sched_step(void)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside);
    sched.now += STEP_COST;
    me->steps++;
    if (++sched.steps > sched.step_limit) {
        livelock_by_steps();
    }
    if (sched.timer_next <= sched.now) {
        timers_fire();
    }
    struct ready entry = ready_entry(me);
    if (ready.count == 0 || before(&entry, &ready.heap[0])) {
        if (sched.now <= sched.time_limit) {
            sched_hash(me->number, sched.now);
            return; /* nobody else, or it is our turn again */
        }
    }
    ready_push(entry);
    switch_to(pick());
}

bool sched_wait(sim_ns deadline, const char *what)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside);
    me->state = THREAD_WAITING;
    me->timed_out = false;
    me->what = what;
    if (deadline != SIM_FOREVER) {
        me->timer = timer_wake(deadline, me);
    }
    switch_to(pick());
    me->what = NULL;
    return !me->timed_out;
}

static void unlink_waiting(struct thread *thread)
{
    struct sim_queue *queue = thread->queue;
    if (!queue) {
        return;
    }
    if (thread->prev) {
        sched_thread(thread->prev)->next = thread->next;
    } else {
        queue->first = thread->next;
    }
    if (thread->next) {
        sched_thread(thread->next)->prev = thread->prev;
    } else {
        queue->last = thread->prev;
    }
    thread->queue = NULL;
    thread->next = thread->prev = 0;
}

void sched_wake(struct thread *thread)
{
    LAB_ASSERT(thread->state == THREAD_WAITING);
    unlink_waiting(thread);
    if (thread->timer) {
        sim_cancel(thread->timer);
        thread->timer = 0;
    }
    thread->steps++;
    ready_push(ready_entry(thread));
}

void sched_enqueue(struct sim_queue *queue)
{
    struct thread *me = sched.current;
    LAB_ASSERT(me->queue == NULL);
    me->queue = queue;
    me->prev = queue->last;
    me->next = 0;
    if (queue->last) {
        sched_thread(queue->last)->next = me->number;
    } else {
        queue->first = me->number;
    }
    queue->last = me->number;
}

/* POSIX leaves open who is woken. Looking at a few from the front keeps the
 * cost constant. */
struct thread *sched_choose(const struct sim_queue *queue)
{
    struct thread *best = sched_thread(queue->first);
    if (sched.policy != SIM_RANDOM || !best || !best->next) {
        return best;
    }
    uint64_t most = 0;
    struct thread *thread = best;
    for (int i = 0; i < 8 && thread; i++) {
        uint64_t draw = random_at(thread->path ^ sched.key, thread->steps);
        if (i == 0 || draw > most) {
            most = draw;
            best = thread;
        }
        thread = sched_thread(thread->next);
    }
    return best;
}

/* ---- Start and end -------------------------------------------------------*/

static void entry(void *thread)
{
    struct thread *me = thread;
    arrived(NULL);
    errno = 0;
    if (me->start) {
        sched_exit(me->start(me->argument));
    }
    me->task(me->argument);
    sched_exit(NULL);
}

struct thread *sched_create(struct sim_node *node, const char *name,
                            uint64_t path, void *(*start)(void *),
                            void (*task)(void *), void *argument)
{
    void *stack = fiber_stack_take();
    struct thread *thread = threads_new(node, name);
    thread->stack = stack;
    thread->start = start;
    thread->task = task;
    thread->argument = argument;
    thread->path = path;
    thread->sp = fiber_prepare(stack, entry, thread);
    sched_hash(thread->number, path);
    ready_push(ready_entry(thread));
    return thread;
}

void sched_exit(void *result)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside);
    threads_run_destructors(me);
    if (me->call) {
        node_call_returned(me->call);
    }
    me->result = result;
    me->state = THREAD_ENDED;
    threads_ended(me);
    sim_wake_all(&me->joiners);
    buried = me;
    switch_to(pick());
    LAB_BUG("thread %" PRIu32 " ran after its end", me->number);
}

void sched_kill(struct thread *thread)
{
    LAB_ASSERT(thread != sched.current);
    LAB_ASSERT(thread != buried);
    if (thread->state == THREAD_READY) {
        ready_remove(thread->ready_at);
    } else if (thread->state == THREAD_WAITING) {
        unlink_waiting(thread);
        if (thread->timer) {
            sim_cancel(thread->timer);
        }
    }
    if (thread->on_kill) {
        thread->on_kill(thread->on_kill_argument);
    }
    if (thread->state != THREAD_ENDED) {
        fiber_stack_give(thread->stack, thread->sp);
        threads_ended(thread);
    }
    threads_forget(thread);
}

/* ---- A run ---------------------------------------------------------------*/

void sched_run(struct thread *first)
{
    LAB_ASSERT(first->state == THREAD_READY);
    ready_remove(first->ready_at);
    first->state = THREAD_RUNNING;
    sched.current = first;
    heap_use(first->heap);
    outside.low = NULL;
    sanitizer_switch_begin(&outside.fake_stack, first->stack,
                           FIBER_STACK_BYTES);
    fiber_switch(&outside.sp, first->sp);
    sanitizer_switch_end(outside.fake_stack, NULL, NULL);
    heap_use(NULL);
    ready.count = 0;
    ready.order = 0;
    buried = NULL;
}

void sched_stop(void)
{
    void *abandoned;
    sched.active = false;
    sanitizer_switch_begin(NULL, outside.low, outside.bytes);
    fiber_switch(&abandoned, outside.sp);
    __builtin_unreachable();
}
