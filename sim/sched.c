/* sched.c - switching between threads, waiting and waking, queues.
 * Layer: sim. One OS thread. ready.c decides which thread runs next.
 *
 * Invariants, while no thread is inside sim_enter(): sched.current is RUNNING,
 * in no queue and without a timer; every other thread that could run is READY;
 * sched.now never goes back. */
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

/* A step takes time, so that a thread which polls makes the clock advance, and
 * what it polls for can time out. */
#define STEP_COST SIM_US

struct sched sched;

/* ---- Switching -----------------------------------------------------------*/

/* The OS thread's own stack, on which sched_run() waits for the end. */
static struct {
    void *sp;
    void *fake_stack; /* address sanitizer: its fake stack, and where it is */
    const void *low;
    size_t bytes;
} os_stack;

/* The thread that ended last. It still ran on its stack when it switched, so
 * the thread that runs next gives the stack back. */
static struct thread *dead;

/* The first thing that a thread does after a switch to it. */
static inline void finish_switch(void *fake_stack)
{
    LAB_ASSERT(sched.current->state == THREAD_RUNNING);
    if (os_stack.low == NULL) { /* the first switch of the run left it */
        sanitizer_switch_end(fake_stack, &os_stack.low, &os_stack.bytes);
    } else {
        sanitizer_switch_end(fake_stack, NULL, NULL);
    }
    if (dead) {
        struct thread *ended = dead;
        LAB_ASSERT(ended->state == THREAD_ENDED && ended != sched.current);
        dead = NULL;
        fiber_stack_give(ended->stack, ended->sp);
        if (ended->detached) {
            threads_forget(ended);
        }
    }
}

/* What sched_call_on() runs on a parked thread's stack, and the way back. */
static struct {
    void (*call)(void); /* NULL: nothing, the usual case */
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
    LAB_ASSERT(!sched.active); /* the thread's own code cannot go on */
    LAB_ASSERT(thread->started && thread->sp != NULL);
    LAB_ASSERT(guest.call == NULL);
    guest.call = call;
    sanitizer_switch_begin(&guest.fake_stack, thread->stack, FIBER_STACK_BYTES);
    fiber_switch(&guest.sp, thread->sp);
    sanitizer_switch_end(guest.fake_stack, NULL, NULL);
    guest.call = NULL;
}

static void switch_to(struct thread *next)
{
    struct thread *me = sched.current;
    LAB_ASSERT(me->state != THREAD_RUNNING); /* or two would run */
    LAB_ASSERT(next->state == THREAD_READY);
    next->state = THREAD_RUNNING;
    if (next == me) {
        return;
    }
    /* errno and the heap belong to the OS thread; each fiber has its own. */
    me->saved_errno = errno;
    sched.current = next;
    heap_use(next->heap);
    sanitizer_switch_begin(me->state == THREAD_ENDED ? NULL
                                                     : &me->asan_fake_stack,
                           next->stack, FIBER_STACK_BYTES);
    fiber_switch(&me->sp, next->sp);
    /* Another thread has switched back, perhaps only to look at this stack. */
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
        /* No thread can run: jump to the next event. Only timers wake threads
         * from here on, so without one the run can never go on. */
        if (sched.timer_next == SIM_FOREVER) {
            sim_fail(SIM_DEADLOCK, "every thread waits, and no timer is left "
                                   "that could wake one");
        }
        if (sched.timer_next > sched.now) {
            sched.now = sched.timer_next;
        }
        timers_fire();
    }
    if (sched.now > sched.time_limit) {
        sched.current = next; /* the last one is not to blame */
        sim_fail(SIM_TIMEOUT,
                 "the run has not ended within its limit of %.0f s of virtual "
                 "time",
                 (double)sched.time_limit / 1e9);
    }
    /* The schedule is the sequence of these two: the hash proves it equal. */
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
             "no end after %.0f million scheduling steps; thread %s alone took "
             "%.0f million: it polls in a loop. Let it sleep between two "
             "looks, or wait on a condition variable",
             (double)sched.steps / 1e6, threads_name(most),
             (double)most->steps / 1e6);
}

void sched_step(void)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside); /* or another thread would find it locked */
    LAB_ASSERT(me->state == THREAD_RUNNING);
    sched.now += STEP_COST;
    me->steps++;
    if (++sched.steps > sched.step_limit) {
        fail_livelock();
    }
    /* Before the choice, so that the threads they wake can be chosen. */
    if (sched.timer_next <= sched.now) {
        timers_fire();
    }
    /* The common case without a switch: no other thread is ready, or it is this
     * one's turn again. The hash is the same as with one. */
    if (ready_stays(me) && sched.now <= sched.time_limit) {
        sched_hash(me->number, sched.now);
        if (sched.trace_steps) {
            trace_step(me);
        }
        return;
    }
    ready_add(me);
    switch_to(pick());
}

void sched_step_aside(void)
{
    ready_lower(sched.current);
    sched_step();
}

/* No wake-up is lost: between the caller's look at what it waits for and the
 * switch in here there is no scheduling point, so no other thread runs that
 * could change it. */
bool sched_wait(sim_ns deadline, const char *what)
{
    struct thread *me = sched.current;
    LAB_ASSERT(!sched.inside);
    LAB_ASSERT(me->state == THREAD_RUNNING && me->timer == 0);
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
    LAB_ASSERT(me->queue == NULL && me->timer == 0); /* sched_wake() did that */
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
    LAB_ASSERT(!sched.inside);
    LAB_ASSERT(sched.current->node->paused);
    sched.current->state = THREAD_PAUSED;
    switch_to(pick());
}

void queue_append(struct sim_queue *queue, struct thread *thread)
{
    LAB_ASSERT(queue->last != thread->number);
    thread->next = 0;
    thread->prev = queue->last;
    if (queue->last) {
        threads_at(queue->last)->next = thread->number;
    } else {
        queue->first = thread->number;
    }
    queue->last = thread->number;
}

static inline void unlink_from(struct sim_queue *queue, struct thread *thread)
{
    if (thread->prev) {
        threads_at(thread->prev)->next = thread->next;
    } else {
        LAB_ASSERT(queue->first == thread->number); /* it is in this queue */
        queue->first = thread->next;
    }
    if (thread->next) {
        threads_at(thread->next)->prev = thread->prev;
    } else {
        LAB_ASSERT(queue->last == thread->number);
        queue->last = thread->prev;
    }
    thread->next = thread->prev = 0;
}

void queue_remove(struct sim_queue *queue, struct thread *thread)
{
    unlink_from(queue, thread);
}

static inline void unlink_waiting(struct thread *thread)
{
    if (thread->queue) {
        unlink_from(thread->queue, thread);
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
    thread->steps++; /* a new number for the draw of its turn */
    ready_add(thread);
}

void sched_enqueue(struct sim_queue *queue)
{
    struct thread *me = sched.current;
    LAB_ASSERT(me->queue == NULL);
    me->queue = queue;
    queue_append(queue, me);
}

/* POSIX does not say which thread is woken, so code must not rely on the first.
 * Looking at eight from the front keeps the cost constant. */
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
    LAB_ASSERT(me == sched.current && !me->started);
    finish_switch(NULL); /* here the first switch to it ends */
    me->started = true;
    errno = 0; /* not the last thread's */
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
    LAB_ASSERT((start == NULL) != (task == NULL));
    LAB_ASSERT(!node || node->up);
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
    LAB_ASSERT(fn != NULL);
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
    LAB_ASSERT(me->state == THREAD_RUNNING && dead == NULL);
    /* Destructors first: they are the thread's code and may use the rest. */
    if (me->value_count > 0) {
        keys_run_destructors(me);
    }
    tls_forget(me);
    race_thread_ended(me);
    if (me->call) {
        node_call_returned(me->call);
    }
    me->result = result;
    me->state = THREAD_ENDED;
    threads_ended(me);
    sim_wake_all(&me->joiners); /* each finds its state ENDED */
    dead = me;
    switch_to(pick());
    LAB_BUG("thread %" PRIu32 " ran after its end", me->number);
}

void sched_kill(struct thread *thread)
{
    LAB_ASSERT(thread != sched.current); /* it could not go on in here */
    LAB_ASSERT(thread != dead);
    LAB_ASSERT(thread->state != THREAD_FREE && thread->state != THREAD_RUNNING);
    if (thread->state == THREAD_READY) {
        ready_remove(thread);
    } else if (thread->state == THREAD_WAITING) {
        unlink_waiting(thread);
        if (thread->timer) {
            sim_cancel(thread->timer);
            thread->timer = 0;
        }
    }
    if (thread->on_kill) {
        thread->on_kill(thread->on_kill_argument);
    }
    /* One that has ended has done this itself, and waits to be joined. */
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
    LAB_ASSERT(sched.current == NULL);
    ready_remove(first);
    first->state = THREAD_RUNNING;
    sched.current = first;
    heap_use(first->heap);
    os_stack.low = NULL;
    sanitizer_switch_begin(&os_stack.fake_stack, first->stack,
                           FIBER_STACK_BYTES);
    fiber_switch(&os_stack.sp, first->sp);
    sanitizer_switch_end(os_stack.fake_stack, NULL, NULL);
    LAB_ASSERT(!sched.active);
    heap_use(NULL);
    ready_clear();
    if (dead) { /* the run ended while it ended: no thread ran after it */
        fiber_stack_give(dead->stack, (char *)dead->stack + 1);
        dead = NULL;
    }
}

void sched_stop(void)
{
    void *abandoned; /* where this fiber is parked: it never runs again */
    LAB_ASSERT(sched.active);
    sched.active = false;
    sanitizer_switch_begin(NULL, os_stack.low, os_stack.bytes);
    fiber_switch(&abandoned, os_stack.sp);
    __builtin_unreachable();
}
