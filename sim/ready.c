/* ready.c - which of the runnable threads runs next: the policies.
 * Layer: sim. One OS thread.
 *
 * Policy random: a thread that becomes runnable draws a short delay, a hash of
 * (seed, path of creation, its own step number), and the thread whose delay
 * ends first runs; the processor is never idle while a thread can run. So every
 * order is possible, a thread can be preempted (rarely for long) at any step,
 * none starves, and a draw does not depend on which other threads exist.
 *
 * Policy fifo: in the order of becoming runnable.
 *
 * Policy pct (Burckhardt et al., ASPLOS 2010): the thread with the best
 * priority runs; priorities are drawn at creation and lowered at random steps.
 * The paper draws d such change points among the k steps of a run; here k is
 * unknown, so they have a rate. Two guards that the paper does not need,
 * because its programs end: a thread that yields or runs for long is lowered,
 * and no runnable thread waits for more than 10 ms. */
#include "sim/ready.h"

#include "base/assert.h"
#include "base/random.h"
#include "sim/node_internal.h"
#include "sim/prio.h"
#include "sim/threads.h"

static struct prio ready; /* numbers of threads, by ready_key() */

#define PCT_CHANGE_STEPS 4096 /* on average, between lowerings of a thread */
#define PCT_BUSY_STEPS   1000
#define PCT_WAIT_MAX     (10 * SIM_MS)

/* Move a thread behind all others, also those lowered before. */
static void pct_lower(struct thread *thread)
{
    LAB_ASSERT(sched.policy == SIM_PCT);
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

/* Ready threads in the order of becoming ready, for the last guard. A ready
 * thread waits in no queue, so the links of queues are free for this. */
static struct sim_queue pct_ready;

/* Has the thread at the front waited too long? */
static inline bool pct_starves(void)
{
    return sched.policy == SIM_PCT && pct_ready.first &&
           threads_at(pct_ready.first)->ready_since + PCT_WAIT_MAX < sched.now;
}

/* The delay is mostly a few steps, and now and then long enough for a message
 * to arrive: to other threads this looks like a preemption. */
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
    LAB_ASSERT(thread->state != THREAD_READY && thread->queue == NULL);
    if (thread->node && thread->node->paused) {
        thread->state = THREAD_PAUSED; /* sim_node_resume() adds it again */
        return;
    }
    thread->state = THREAD_READY;
    /* It runs soon, and with many threads no cache holds its stack. */
    __builtin_prefetch(thread->sp);
    __builtin_prefetch((char *)thread->sp + 64);
    if (sched.policy == SIM_PCT) {
        queue_append(&pct_ready, thread);
        thread->ready_since = sched.now;
    }
    prio_add(&ready, ready_key(thread), thread->number);
}

static inline void take_out(struct thread *thread)
{
    LAB_ASSERT(thread->state == THREAD_READY);
    if (sched.policy == SIM_PCT) {
        queue_remove(&pct_ready, thread);
    }
    prio_remove(&ready, thread->number);
}

void ready_remove(struct thread *thread)
{
    take_out(thread);
}

struct thread *ready_take(void)
{
    if (ready.count == 0) {
        return NULL;
    }
    uint32_t number =
        pct_starves() ? pct_ready.first : prio_first(&ready)->item;
    struct thread *next = threads_at(number);
    LAB_ASSERT(!next->node || !next->node->paused);
    take_out(next);
    return next;
}

bool ready_stays(struct thread *running)
{
    if (sched.policy == SIM_PCT) {
        pct_step(running);
    }
    /* At equal keys the other thread runs: it was there first. */
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
    LAB_ASSERT(!sched.active);
    prio_release(&ready);
    pct_ready = (struct sim_queue){0, 0};
}
