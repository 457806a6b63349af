/* ready.c - which of the threads that can run is next: the policies.
 * Layer: sim. One OS thread.
 *
 * Policy random: a thread that becomes runnable draws a short delay, a hash
 * of (seed, path of creation, its own step number), and the one whose time
 * comes first runs; the processor is never idle while somebody can run. So
 * every order is possible, a thread can be held up (rarely for long) at any
 * point, nobody starves, and a draw does not depend on who else is there.
 * Policy fifo: in the order of becoming runnable.
 * Policy pct: the thread with the best priority runs; priorities are drawn at
 * creation and lowered at random points. A run has no known length here, so
 * there is no fixed number of such points as in the paper but a rate. Guards
 * the paper does not need: a thread that yields or is busy for long is
 * lowered, and nobody who can run waits for more than 10 ms. */
#include "sim/ready.h"

#include "base/random.h"
#include "sim/node_internal.h"
#include "sim/prio.h"
#include "sim/threads.h"

static struct prio ready; /* numbers of threads */

#define PCT_CHANGE_STEPS 4096 /* on average, between lowerings of a thread */
#define PCT_BUSY_STEPS   1000
#define PCT_WAIT_MAX     (10 * SIM_MS)

/* Behind all others, also those lowered before. */
static void pct_lower(struct thread *thread)
{
    thread->priority = UINT64_MAX / 2 + sched.lowered++;
    thread->busy = 0;
}

static void pct_step(struct thread *thread)
{
    uint64_t draw = random_at(thread->path ^ sched.key, thread->steps);
    if (++thread->busy >= PCT_BUSY_STEPS || draw % PCT_CHANGE_STEPS == 0) {
        pct_lower(thread);
    }
}

/* Ready threads in the order of becoming ready, for the last guard; linked by
 * the fields that queues use for those who wait. */
static struct sim_queue pct_ready;

/* Has the one who waits longest waited too long? */
static bool pct_starves(void)
{
    return sched.policy == SIM_PCT && pct_ready.first &&
           threads_at(pct_ready.first)->ready_since + PCT_WAIT_MAX < sched.now;
}

/* The delay is mostly some steps, now and then long enough for a message to
 * travel: what a preempted thread looks like to the others. */
static uint64_t ready_key(struct thread *thread)
{
    if (sched.policy == SIM_PCT) {
        return thread->priority;
    }
    if (sched.policy == SIM_FIFO) {
        return 0;
    }
    uint64_t draw = random_at(thread->path, thread->steps);
    uint64_t window = (draw & 255) == 0 ? SIM_MS : 16 * SIM_US;
    return sched.now + random_below(draw, window);
}

void ready_add(struct thread *thread)
{
    if (thread->node && thread->node->paused) {
        thread->state = THREAD_PAUSED;
        return;
    }
    thread->state = THREAD_READY;
    __builtin_prefetch(
        thread->sp); /* it will run soon: with many threads its */
    __builtin_prefetch((char *)thread->sp + 64); /* stack is in no cache */
    if (sched.policy == SIM_PCT) {
        queue_append(&pct_ready, thread);
        thread->ready_since = sched.now;
    }
    prio_add(&ready, ready_key(thread), thread->number);
}

void ready_remove(struct thread *thread)
{
    if (sched.policy == SIM_PCT) {
        queue_remove(&pct_ready, thread);
    }
    prio_remove(&ready, thread->number);
}

struct thread *ready_take(void)
{
    if (ready.count == 0) {
        return NULL;
    }
    uint32_t number =
        pct_starves() ? pct_ready.first : prio_first(&ready)->item;
    struct thread *next = threads_at(number);
    ready_remove(next);
    return next;
}

bool ready_stays(struct thread *running)
{
    if (sched.policy == SIM_PCT) {
        pct_step(running);
    }
    /* Of equal keys the one that was there first. */
    return ready.count == 0 ||
           (ready_key(running) < prio_first(&ready)->key && !pct_starves());
}

void ready_lower(struct thread *thread)
{
    if (sched.policy == SIM_PCT) {
        pct_lower(thread);
    }
}

void ready_clear(void)
{
    prio_release(&ready);
    pct_ready = (struct sim_queue){0, 0};
}
