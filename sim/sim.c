/* sim.c - the functions of sim.h for framework code on a fiber.
 * Layer: sim. Each asks first whether the run is a real one. */
#include "sim/sim.h"

#include "base/assert.h"
#include "sim/advice.h"
#include "sim/heap.h"
#include "sim/node_internal.h"
#include "sim/real/mode.h"
#include "sim/threads.h"

/* ---- Where and when -----------------------------------------------------*/

bool sim_is_real(void)
{
    return real_on();
}

bool sim_only_real(void)
{
#ifdef SIM_THREAD_SANITIZER
    return true;
#else
    return false;
#endif
}

bool sim_active(void)
{
    return real_on() ? real_active() : sched.active;
}

sim_ns sim_now(void)
{
    return real_on() ? real_now() : sched.active ? sched.now : 0;
}

uint64_t sim_seed(void)
{
    return sim_active() ? sched.seed : 0;
}

int sim_server(void)
{
    if (real_on()) {
        return real_node() ? real_node()->index : -1;
    }
    struct thread *me = sched.active ? sched.current : NULL;
    return me && me->node ? me->node->index : -1;
}

const char *sim_thread_name(void)
{
    if (real_on()) {
        return real_thread_name();
    }
    return sched.active && sched.current ? threads_name(sched.current) : "";
}

void sim_yield(void)
{
    LAB_ASSERT(sim_active());
    if (real_on()) {
        real_yield();
        return;
    }
    sched_step();
}

void sim_sleep(sim_ns duration)
{
    LAB_ASSERT(sim_active());
    if (real_on()) {
        real_sleep_for(duration);
        return;
    }
    sched_step(); /* as nanosleep() does */
    advice_note_wait("a sleep to end");
    sched_wait(sched.now + duration, "a sleep to end");
}

/* ---- Inside the framework ------------------------------------------------*/

void sim_enter(struct sim_mutex *mutex)
{
    (void)mutex;
    if (real_on()) {
        real_enter();
        return;
    }
    LAB_ASSERT(!sched.inside); /* it does not nest */
    if (sched.active) {
        sched.inside = true;
        heap_use(NULL); /* a crash of the server must not free what follows */
    }
}

void sim_leave(struct sim_mutex *mutex)
{
    (void)mutex;
    if (real_on()) {
        real_leave();
        return;
    }
    if (sched.active) {
        LAB_ASSERT(sched.inside);
        sched.inside = false;
        heap_use(sched.current->heap);
    }
}

bool sim_wait(struct sim_mutex *mutex, struct sim_queue *queue, sim_ns deadline,
              const char *what)
{
    LAB_ASSERT(sim_active());
    if (real_on()) {
        return real_wait(queue, deadline, what);
    }
    LAB_ASSERT(sched.inside);
    advice_note_wait(what);
    /* Into the queue before leaving: a wake-up that comes next finds it there.
     * (Nothing can come between: leaving is no scheduling point.) */
    sched_enqueue(queue);
    sim_leave(mutex);
    bool woken = sched_wait(deadline, what);
    sim_enter(mutex);
    return woken;
}

void sim_wake_one(struct sim_queue *queue)
{
    if (real_on()) {
        real_wake_one(queue);
        return;
    }
    if (queue->first) {
        sched_wake(threads_at(queue->first));
    }
}

void sim_wake_all(struct sim_queue *queue)
{
    if (real_on()) {
        real_wake_all(queue);
        return;
    }
    while (queue->first) {
        sched_wake(threads_at(queue->first));
    }
}

bool sim_queue_empty(const struct sim_queue *queue)
{
    return queue->first == 0;
}

void sim_on_kill(void (*drop)(void *), void *argument)
{
    if (real_on()) {
        return; /* real threads are never killed */
    }
    LAB_ASSERT(drop == NULL || sched.current->on_kill == NULL);
    sched.current->on_kill = drop;
    sched.current->on_kill_argument = argument;
}

/* A timer runs on no thread's behalf, so its threads are the tester's, on
 * whichever server's fiber it fires. */
void sim_spawn(const char *name, void (*fn)(void *), void *argument)
{
    LAB_ASSERT(sim_active() && name != NULL && fn != NULL);
    if (real_on()) {
        bool held = real_lock();
        real_spawn(real_node(), name, fn, argument, NULL);
        real_unlock(held);
        return;
    }
    sched_spawn(sched.in_timer ? NULL : sched.current, name, fn, argument);
}
