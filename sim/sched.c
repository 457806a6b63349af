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
} os_stack;

static struct thread *dead; /* ended; its stack is free after the switch */

static void finish_switch(void *fake_stack)
{
    if (os_stack.low == NULL) {
        sanitizer_switch_end(fake_stack, &os_stack.low, &os_stack.bytes);
    } else {
        sanitizer_switch_end(fake_stack, NULL, NULL);
    }
    if (dead) {
        struct thread *ended = dead;
        dead = NULL;
        fiber_stack_give(ended->stack, ended->sp);
        if (ended->detached) {
            threads_forget(ended);
        }
    }
}

/* Somebody who reports on this thread, and goes back: sched_call_on(). */
static struct {
    void (*call)(void); /* NULL: nobody, the usual case */
    void *sp;
    void *fake_stack;
} guest;

static void run_guest(struct thread *me)
{
    const void *low;
    size_t bytes;
    sanitizer_switch_end(me->asan_fake_stack, &low, &bytes);
    guest.call();
    sanitizer_switch_begin(&me->asan_fake_stack, low, bytes);
    fiber_switch(&me->sp, guest.sp);
}

void sched_call_on(struct thread *thread, void (*call)(void))
{
    guest.call = call;
    sanitizer_switch_begin(&guest.fake_stack, thread->stack, FIBER_STACK_BYTES);
    fiber_switch(&guest.sp, thread->sp);
    sanitizer_switch_end(guest.fake_stack, NULL, NULL);
    guest.call = NULL;
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
    while (guest.call) {
        run_guest(me);
    }
    finish_switch(me->asan_fake_stack);
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
        threads_at(queue->last)->next = thread->number;
    } else {
        queue->first = thread->number;
    }
    queue->last = thread->number;
}

void queue_remove(struct sim_queue *queue, struct thread *thread)
{
    if (thread->prev) {
        threads_at(thread->prev)->next = thread->next;
    } else {
        queue->first = thread->next;
    }
    if (thread->next) {
        threads_at(thread->next)->prev = thread->prev;
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
    struct thread *best = threads_at(queue->first);
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
        thread = threads_at(thread->next);
    }
    return best;
}

/* ---- Start and end -------------------------------------------------------*/

static void thread_entry(void *thread)
{
    struct thread *me = thread;
    finish_switch(NULL);
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
    thread->sp = fiber_prepare(stack, thread_entry, thread);
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
    dead = me;
    switch_to(pick());
    LAB_BUG("thread %" PRIu32 " ran after its end", me->number);
}

void sched_kill(struct thread *thread)
{
    LAB_ASSERT(thread != sched.current);
    LAB_ASSERT(thread != dead);
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
    os_stack.low = NULL;
    sanitizer_switch_begin(&os_stack.fake_stack, first->stack,
                           FIBER_STACK_BYTES);
    fiber_switch(&os_stack.sp, first->sp);
    sanitizer_switch_end(os_stack.fake_stack, NULL, NULL);
    heap_use(NULL);
    ready_clear();
    dead = NULL;
}

void sched_stop(void)
{
    void *abandoned;
    sched.active = false;
    sanitizer_switch_begin(NULL, os_stack.low, os_stack.bytes);
    fiber_switch(&abandoned, os_stack.sp);
    __builtin_unreachable();
}
