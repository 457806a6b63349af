/* thread.c - the threads of a real run: their table, names, waits and queues.
 * Layer: sim; real runs. Guarded by the mutex of the run, except for what only
 * the thread itself uses. Records are used again but never freed, so that a
 * pointer to one stays valid. */
#include "sim/real/thread.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/real/libc.h"
#include "sim/real/lock.h"

struct real_thread {
    uint32_t number; /* index in the table, > 0 */
    bool lives;
    struct sim_node *node; /* NULL: the tester */
    struct thread_names names;
    void *(*start)(void *); /* what code under test started, or else */
    void (*task)(void *);   /* what the framework did */
    void *argument;
    struct node_call *call; /* waits for the end of the task; NULL: none */

    pthread_cond_t wake;
    bool waiting;
    struct sim_queue *queue; /* NULL: none */
    uint32_t next, prev;     /* in the queue; next: in the list of free ones */
    const char *what;        /* what it waits for, for reports */
};

static struct {
    struct real_thread **at; /* by number; [0] is unused */
    uint32_t count, room;
    uint32_t free;     /* the first free number; 0: none */
    pthread_key_t key; /* its destructor sees every thread end */
} table;

static _Thread_local struct real_thread *self;

static struct real_thread *find(uint32_t number)
{
    LAB_ASSERT(number == 0 || number < table.count);
    return number ? table.at[number] : NULL;
}

/* ---- Records -------------------------------------------------------------*/

/* Add a record to the table. Records stay where they are when the table of
 * pointers moves. */
static struct real_thread *table_add(void)
{
    if (table.count == table.room) {
        table.room = table.room ? 2 * table.room : 64;
        table.at = lab_xrealloc(table.at, table.room * sizeof(table.at[0]));
    }
    table.count += table.count == 0; /* [0] stays unused: 0 means none */
    struct real_thread *thread = lab_xcalloc(1, sizeof(*thread));
    thread->number = table.count;
    real_cond_init(&thread->wake);
    table.at[table.count++] = thread;
    return thread;
}

/* Take a record, counted as a thread of the server. Needs the mutex. */
static struct real_thread *thread_new(struct sim_node *node, const char *name)
{
    LAB_ASSERT(real_holds());
    struct real_thread *thread = find(table.free);
    if (thread) {
        table.free = thread->next;
    } else {
        thread = table_add();
    }
    LAB_ASSERT(!thread->lives && !thread->queue);
    thread->lives = true;
    thread->node = node;
    thread_names_set(&thread->names, name);
    thread->start = NULL;
    thread->task = NULL;
    thread->call = NULL;
    thread->next = thread->prev = 0;
    if (node) {
        node->living++;
    }
    return thread;
}

static void thread_free(struct real_thread *thread)
{
    LAB_ASSERT(thread->lives && !thread->waiting);
    if (thread->node) {
        LAB_ASSERT(thread->node->living > 0);
        thread->node->living--;
        thread->node->tasks -= thread->task != NULL;
    }
    thread->lives = false;
    thread->next = table.free;
    table.free = thread->number;
}

/* ---- Start and end -------------------------------------------------------*/

/* The key's destructor: runs at the end of every thread, by pthread_exit(),
 * too. */
static void thread_ended(void *record)
{
    struct real_thread *thread = record;
    real_lock(); /* which a thread of the tester holds already */
    if (thread->call) {
        node_call_returned(thread->call);
    }
    thread_free(thread);
    self = NULL;
    real_unlock(false);
}

/* What each thread runs: first its record, then its start function or task. */
static void *run_thread(void *record)
{
    struct real_thread *thread = record;
    LAB_ASSERT((thread->start != NULL) != (thread->task != NULL));
    self = thread;
    pthread_setspecific(table.key, thread);
    if (thread->start) {
        return thread->start(thread->argument);
    }
    if (!thread->node) {
        real_lock(); /* for all its life: see mode.h */
    }
    thread->task(thread->argument);
    return NULL;
}

void real_threads_init(void)
{
    /* The destructor of a key runs however a thread ends. */
    int error = pthread_key_create(&table.key, thread_ended);
    LAB_ASSERT(error == 0);
}

void real_spawn(struct sim_node *node, const char *name, void (*task)(void *),
                void *argument, struct node_call *call)
{
    pthread_t handle;
    struct real_thread *thread = thread_new(node, name);
    thread->task = task;
    thread->argument = argument;
    thread->call = call;
    if (node) {
        node->tasks++;
    }
    int error = REAL(pthread_create)(&handle, NULL, run_thread, thread);
    if (error) {
        sim_fail(SIM_MEMORY, "the system cannot start another thread: %s",
                 strerror(error));
    }
    pthread_detach(handle); /* node_call_returned() says when it has ended */
}

int real_thread_create(pthread_t *handle, const pthread_attr_t *attr,
                       void *(*start)(void *), void *argument)
{
    if (!real_active()) {
        return REAL(pthread_create)(handle, attr, start, argument);
    }
    bool held = real_lock();
    /* Counted before it exists: else its server could end without it. */
    struct real_thread *thread = thread_new(real_node(), "");
    thread->start = start;
    thread->argument = argument;
    real_unlock(held);
    int error = REAL(pthread_create)(handle, attr, run_thread, thread);
    if (error) {
        held = real_lock(); /* it never began */
        thread_free(thread);
        real_unlock(held);
    }
    return error;
}

/* ---- Names ---------------------------------------------------------------*/

static const char *name_of(struct real_thread *thread)
{
    return thread_names_full(&thread->names, (const void *)thread->start,
                             thread->node);
}

struct sim_node *real_node(void)
{
    return self ? self->node : NULL;
}

const char *real_thread_name(void)
{
    return self ? name_of(self) : "";
}

void real_describe(char *text, size_t bytes)
{
    LAB_ASSERT(bytes > 0);
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 1; i < table.count; i++) {
        struct real_thread *thread = table.at[i];
        if (!thread->lives) {
            continue;
        }
        int n =
            snprintf(text + used, bytes - used, "%s %s%s\n", name_of(thread),
                     thread->waiting ? "waits for " : "runs, or waits ",
                     thread->waiting ? thread->what : "in libc");
        if (n < 0 || (size_t)n >= bytes - used) {
            text[used] = '\0'; /* whole lines only */
            return;
        }
        used += (size_t)n;
    }
}

/* ---- Waiting -------------------------------------------------------------*/

static void enqueue(struct sim_queue *queue, struct real_thread *thread)
{
    LAB_ASSERT(!thread->queue);
    thread->queue = queue;
    thread->next = 0;
    thread->prev = queue->last;
    if (queue->last) {
        find(queue->last)->next = thread->number;
    } else {
        queue->first = thread->number;
    }
    queue->last = thread->number;
}

/* Take a thread out of its queue, if it is in one. */
static void dequeue(struct real_thread *thread)
{
    struct sim_queue *queue = thread->queue;
    if (!queue) {
        return;
    }
    if (thread->prev) {
        find(thread->prev)->next = thread->next;
    } else {
        queue->first = thread->next;
    }
    if (thread->next) {
        find(thread->next)->prev = thread->prev;
    } else {
        queue->last = thread->prev;
    }
    thread->queue = NULL;
}

static void wake(struct real_thread *thread)
{
    LAB_ASSERT(thread->lives && thread->waiting);
    dequeue(thread);
    thread->waiting = false;
    pthread_cond_signal(&thread->wake);
}

/* Give a record to a thread that the framework has not started: one of a
 * library, say. */
static void adopt(void)
{
    self = thread_new(NULL, "thread");
    pthread_setspecific(table.key, self);
}

bool real_wait(struct sim_queue *queue, sim_ns deadline, const char *what)
{
    if (!self) {
        adopt();
    }
    LAB_ASSERT(real_holds() && !self->waiting);
    self->waiting = true;
    self->what = what;
    if (queue) {
        enqueue(queue, self);
    }
    /* wake() clears waiting; a spurious wake-up of libc does not. */
    while (self->waiting) {
        /* Both at once, a wake-up and the deadline: then it was woken. */
        if (!real_cond_wait(&self->wake, deadline) && self->waiting) {
            dequeue(self);
            self->waiting = false;
            return false;
        }
    }
    return true;
}

void real_wake_one(struct sim_queue *queue)
{
    LAB_ASSERT(real_holds());
    if (queue->first) {
        wake(find(queue->first));
    }
}

void real_wake_all(struct sim_queue *queue)
{
    LAB_ASSERT(real_holds());
    while (queue->first) { /* wake() takes it out */
        wake(find(queue->first));
    }
}

void real_sleep_for(sim_ns duration)
{
    bool held = real_lock();
    struct sim_node *node = real_node();
    /* A server that must end gets no more sleep: real_wake_sleepers(). */
    if (!node || !node->ending) {
        real_wait(NULL, real_now() + duration, "a sleep to end");
    }
    real_unlock(held);
}

/* A thread of the tester unlocks the mutex meanwhile. */
void real_yield(void)
{
    bool held = real_lock();
    real_unlock(false);
    sched_yield();
    if (held) {
        real_lock();
    }
}

void real_wake_sleepers(const struct sim_node *node)
{
    for (uint32_t i = 1; i < table.count; i++) {
        struct real_thread *thread = table.at[i];
        /* A wait in no queue is a sleep. */
        if (thread->lives && thread->node == node && thread->waiting &&
            !thread->queue) {
            wake(thread);
        }
    }
}
