/* sched.c - switching between threads, waiting and waking, queues.
 * Layer: sim. One OS thread. Who runs next is ready.c's. */
#include "sim/sched.h"

#include <errno.h>
#include <inttypes.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/fiber.h"
#include "sim/heap.h"
#include "sim/keys.h"
#include "sim/node_internal.h"
#include "sim/race/race.h"
#include "sim/ready.h"
#include "sim/sanitizer.h"
#include "sim/switch.h"
#include "sim/threads.h"
#include "sim/timer.h"
#include "sim/tls.h"
#include "sim/trace.h"

#define STEP_COST SIM_US

struct sched sched;

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

/* Somebody who reports on this thread, and goes back: sched_visit(). */
static struct {
    void (*look)(void); /* NULL: nobody, the usual case */
    void *sp;
    void *fake_stack;
} visitor;

static void receive_visitor(struct thread *me)
{
    const void *low;
    size_t bytes;
    sanitizer_switch_end(me->asan_fake_stack, &low, &bytes);
    visitor.look();
    sanitizer_switch_begin(&me->asan_fake_stack, low, bytes);
    fiber_switch(&me->sp, visitor.sp);
}

void sched_visit(struct thread *thread, void (*look)(void))
{
    visitor.look = look;
    sanitizer_switch_begin(&visitor.fake_stack, thread->stack,
                           FIBER_STACK_BYTES);
    fiber_switch(&visitor.sp, thread->sp);
    sanitizer_switch_end(visitor.fake_stack, NULL, NULL);
    visitor.look = NULL;
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
    sanitizer_switch_begin(me->state == THREAD_ENDED ? NULL
                                                     : &me->asan_fake_stack,
                           next->stack, FIBER_STACK_BYTES);
    fiber_switch(&me->sp, next->sp);
    while (visitor.look) {
        receive_visitor(me);
    }
    arrived(me->asan_fake_stack);
    errno = me->saved_errno;
}

/* The next thread to run. Time passes only here and in sched_step(). */
static struct thread *pick(void)
{
    struct thread *next;
    while (!(next = ready_take())) {
        if (sched.timer_next == SIM_FOREVER) {
            sim_fail(SIM_DEADLOCK, "every thread waits, and nothing is left "
                                   "that could wake one");
        }
        if (sched.timer_next > sched.now) {
            sched.now = sched.timer_next;
        }
        timers_fire();
    }
    if (sched.now > sched.time_limit) {
        sched.current = next; /* not its fault: do not blame the last one */
        sim_fail(SIM_TIMEOUT, "the virtual time limit of %.0f s has passed",
                 (double)sched.time_limit / 1e9);
    }
    sched_hash(next->number, sched.now);
    if (sched.trace_steps) {
        trace_step(next);
    }
    return next;
}

static _Noreturn void fail_livelock(void)
{
    struct thread *most = threads_busiest();
    sched.current = most;
    sim_fail(SIM_LIVELOCK,
             "%.0f million scheduling steps without an end; thread %s alone "
             "took %.0f million: it is busy waiting",
             (double)sched.steps / 1e6, threads_name(most),
             (double)most->steps / 1e6);
}

void sched_step(void)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside);
    sched.now += STEP_COST;
    me->steps++;
    if (++sched.steps > sched.step_limit) {
        fail_livelock();
    }
    if (sched.timer_next <= sched.now) {
        timers_fire();
    }
    if (ready_stays(me) && sched.now <= sched.time_limit) {
        sched_hash(me->number, sched.now);
        if (sched.trace_steps) {
            trace_step(me);
        }
        return; /* nobody else, or it is our turn again */
    }
    ready_add(me);
    switch_to(pick());
}

void sched_step_aside(void)
{
    ready_lower(sched.current);
    sched_step();
}

bool sched_wait(sim_ns deadline, const char *what)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside);
    me->state = THREAD_WAITING;
    me->timed_out = false;
    me->busy = 0;
    me->what = what;
    if (sched.trace_steps) {
        trace_wait(what, deadline);
    }
    if (deadline != SIM_FOREVER) {
        me->timer = timer_wake(deadline, me);
    }
    switch_to(pick());
    me->what = NULL;
    return !me->timed_out;
}

void sched_set_deadline(struct thread *thread, sim_ns deadline)
{
    LAB_ASSERT(thread->state == THREAD_WAITING);
    if (thread->timer) {
        sim_cancel(thread->timer);
        thread->timer = 0;
    }
    if (deadline != SIM_FOREVER) {
        thread->timer = timer_wake(deadline, thread);
    }
}

void sched_pause(void)
{
    LAB_ASSERT(sched.current->node->paused);
    sched.current->state = THREAD_PAUSED;
    switch_to(pick());
}

void queue_append(struct sim_queue *queue, struct thread *thread)
{
    thread->next = 0;
    thread->prev = queue->last;
    if (queue->last) {
        sched_thread(queue->last)->next = thread->number;
    } else {
        queue->first = thread->number;
    }
    queue->last = thread->number;
}

void queue_remove(struct sim_queue *queue, struct thread *thread)
{
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
    thread->next = thread->prev = 0;
}

static void unlink_waiting(struct thread *thread)
{
    if (thread->queue) {
        queue_remove(thread->queue, thread);
        thread->queue = NULL;
    }
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
    ready_add(thread);
}

void sched_enqueue(struct sim_queue *queue)
{
    struct thread *me = sched.current;
    LAB_ASSERT(me->queue == NULL);
    me->queue = queue;
    queue_append(queue, me);
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
    me->started = true;
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
    thread->priority = random_at(path, 0) / 2;
    thread->sp = fiber_prepare(stack, entry, thread);
    sched_hash(thread->number, path);
    race_thread_made(thread);
    ready_add(thread);
    return thread;
}

void sched_spawn(struct thread *parent, const char *name, void (*fn)(void *),
                 void *argument)
{
    uint64_t path = parent ? random_key(parent->path, parent->children++)
                           : random_key(sched.key, sched.unowned++);
    struct thread *thread = sched_create(parent ? parent->node : NULL, name,
                                         path, NULL, fn, argument);
    thread->detached = true;
}

void sched_exit(void *result)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside);
    keys_run_destructors(me);
    tls_forget(me);
    race_thread_ended(me);
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
        ready_remove(thread);
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
        tls_forget(thread);
        race_thread_ended(thread);
        fiber_stack_give(thread->stack, thread->sp);
        threads_ended(thread);
    }
    threads_forget(thread);
}

/* ---- A run ---------------------------------------------------------------*/

void sched_run(struct thread *first)
{
    LAB_ASSERT(first->state == THREAD_READY);
    ready_remove(first);
    first->state = THREAD_RUNNING;
    sched.current = first;
    heap_use(first->heap);
    outside.low = NULL;
    sanitizer_switch_begin(&outside.fake_stack, first->stack,
                           FIBER_STACK_BYTES);
    fiber_switch(&outside.sp, first->sp);
    sanitizer_switch_end(outside.fake_stack, NULL, NULL);
    heap_use(NULL);
    ready_clear();
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
