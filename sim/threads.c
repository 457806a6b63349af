/* threads.c - the table of all simulated threads, and their names.
 * Layer: sim. One OS thread. Records are reused with a new generation, so that
 * an old pthread_t is recognized. */
#include "sim/threads.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/backtrace.h"
#include "sim/fiber.h"
#include "sim/heap.h"
#include "sim/keys.h"
#include "sim/node_internal.h"
#include "sim/race/race.h"

struct threads threads;

struct thread *threads_find(uint32_t number, uint32_t generation)
{
    if (number == 0 || number >= threads.count) {
        return NULL;
    }
    struct thread *thread = threads.at[number];
    LAB_ASSERT(thread->number == number);
    bool same = thread->generation == generation;
    return same && thread->state != THREAD_FREE ? thread : NULL;
}

static struct thread *slot_new(void)
{
    if (threads.count == threads.room) {
        void *former = heap_enter(); /* the table survives crashes */
        threads.room = threads.room ? 2 * threads.room : 64;
        threads.at =
            lab_xrealloc(threads.at, threads.room * sizeof(threads.at[0]));
        heap_use(former);
    }
    threads.count += threads.count == 0; /* number 0 means no thread */
    struct thread *thread = sim_framework_alloc(sizeof(*thread));
    thread->generation = 0;
    thread->number = threads.count;
    threads.at[threads.count++] = thread;
    return thread;
}

struct thread *threads_new(struct sim_node *node, const char *name)
{
    struct thread *thread = threads_at(threads.free);
    LAB_ASSERT(!thread || thread->state == THREAD_FREE);
    if (thread) {
        threads.free = thread->next;
    } else {
        thread = slot_new();
    }
    *thread = (struct thread){.number = thread->number,
                              .generation = thread->generation + 1,
                              .node = node,
                              .heap = node ? node->heap : NULL};
    if (name) {
        thread_names_set(&thread->names, name);
    }
    if (node) {
        thread->node_next = node->threads;
        if (node->threads) {
            node->threads->node_prev = thread;
        }
        node->threads = thread;
        node->living++;
    }
    return thread;
}

void threads_ended(struct thread *thread)
{
    LAB_ASSERT(thread->tls == NULL); /* its heap may go next */
    if (thread->node) {
        LAB_ASSERT(thread->node->living > 0);
        thread->node->living--;
    }
    if (thread->values) {
        keys_release(thread);
    }
}

void threads_forget(struct thread *thread)
{
    struct sim_node *node = thread->node;
    LAB_ASSERT(thread->state != THREAD_FREE);
    LAB_ASSERT(thread->queue == NULL && thread->timer == 0);
    LAB_ASSERT(thread->values == NULL); /* threads_ended() came before */
    race_thread_forgotten(thread);
    if (node) {
        if (thread->node_prev) {
            thread->node_prev->node_next = thread->node_next;
        } else {
            node->threads = thread->node_next;
        }
        if (thread->node_next) {
            thread->node_next->node_prev = thread->node_prev;
        }
    }
    thread->state = THREAD_FREE;
    thread->next = threads.free;
    threads.free = thread->number;
}

/* Threads that a run abandons keep their stacks until here. It is not known how
 * far they are used, so a stack counts as used up. */
static void give_stack_back(const struct thread *thread)
{
    if (thread->state != THREAD_FREE && thread->state != THREAD_ENDED) {
        fiber_stack_give(thread->stack, (char *)thread->stack + 1);
    }
}

void threads_clear(void)
{
    LAB_ASSERT(!sched.active);
    for (uint32_t i = 1; i < threads.count; i++) {
        give_stack_back(threads.at[i]);
        free(threads.at[i]);
    }
    free(threads.at);
    memset(&threads, 0, sizeof(threads));
}

/* ---- Names and reports ---------------------------------------------------*/

void threads_set_name(struct thread *thread, const char *name)
{
    LAB_ASSERT(thread->state != THREAD_FREE);
    thread_names_set(&thread->names, name);
}

const char *threads_name(struct thread *thread)
{
    LAB_ASSERT(thread->state != THREAD_FREE);
    return thread_names_full(&thread->names, (const void *)thread->start,
                             thread->node);
}

bool threads_living(void)
{
    for (uint32_t i = 1; i < threads.count; i++) {
        struct thread *thread = threads.at[i];
        if (thread != sched.current && thread->state != THREAD_FREE &&
            thread->state != THREAD_ENDED) {
            return true;
        }
    }
    return false;
}

struct thread *threads_busiest(void)
{
    struct thread *most = NULL;
    for (uint32_t i = 1; i < threads.count; i++) {
        struct thread *thread = threads.at[i];
        if (thread->state != THREAD_FREE &&
            (!most || thread->steps > most->steps)) {
            most = thread;
        }
    }
    LAB_ASSERT(most != NULL); /* a run has at least its first thread */
    return most;
}

/* Say why a thread does not run, as the end of a sentence. The pointers lead
 * into objects of the code under test: valid as long as it waits for them. */
static void describe_wait(struct thread *thread, char *text, size_t bytes)
{
    uint32_t holder = thread->wait_holder ? *thread->wait_holder : 0;
    if (thread->state == THREAD_PAUSED) {
        snprintf(text, bytes, "is paused");
    } else if (thread->state != THREAD_WAITING) {
        snprintf(text, bytes, "%s",
                 thread == sched.current ? "is running" : "can run");
    } else if (holder) {
        snprintf(text, bytes, "waits for a mutex held by %s",
                 threads_name(threads_at(holder)));
    } else {
        bool lost = thread->wait_missed && *thread->wait_missed > 0;
        snprintf(
            text, bytes, "waits for %s%s%s", thread->what ? thread->what : "?",
            thread->timer ? ", with a deadline" : "",
            lost ? " (its last signal found no waiter: a lost wake-up?)" : "");
    }
}

/* Write one line, or none: false if it has no room. */
static bool describe(struct thread *thread, char *text, size_t bytes)
{
    char why[160];
    describe_wait(thread, why, sizeof(why));
    int n = snprintf(text, bytes, "%s %s\n", threads_name(thread), why);
    bool fits = n > 0 && (size_t)n < bytes;
    if (!fits) {
        text[0] = '\0';
    }
    return fits;
}

/* The thread where the run ended comes first, then others of its server. */
static int rank(const struct thread *thread)
{
    struct thread *me = sched.current;
    LAB_ASSERT(me != NULL);
    return thread == me ? 0 : thread->node == me->node ? 1 : 2;
}

void threads_describe(struct sim_result *result)
{
    char *text = result->threads;
    size_t room = sizeof(result->threads);
    /* Three passes over the table, one for each rank, instead of a sort, which
     * would need memory. */
    for (uint32_t k = 0; k < 3 * threads.count; k++) {
        struct thread *thread = threads.at[k % threads.count];
        if (k % threads.count == 0 ||
            rank(thread) != (int)(k / threads.count) ||
            thread->state == THREAD_FREE || thread->state == THREAD_ENDED) {
            continue;
        }
        if (!describe(thread, text, room)) {
            return;
        }
        room -= strlen(text);
        text += strlen(text);
        if (result->stack_count < SIM_STACKS) {
            backtrace_take(thread, &result->stacks[result->stack_count++]);
        }
    }
}
