/* thread.c - the threads of a real run: their table, names and waits.
 * Layer: sim. Guarded by the mutex of the run, except what only the thread
 * itself touches. Records are never freed: reports read them at any time. */
#include "sim/real/mode.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "sim/real/libc.h"

struct real_thread {
    uint32_t number; /* index in the table, > 0 */
    bool lives;
    struct sim_node *node; /* NULL: the tester */
    struct thread_names names;
    void *(*start)(void *); /* what a plain pthread runs, or */
    void (*task)(void *);   /* what the framework started */
    void *argument;
    struct node_call *call; /* somebody waits for the task */

    pthread_cond_t wake;
    bool waiting;
    struct sim_queue *queue; /* NULL: none */
    uint32_t next, prev;     /* in it, or next: in the list of free ones */
    const char *what;        /* it waits for, for reports */
};

static struct {
    struct real_thread **at; /* by number; [0] is unused */
    uint32_t count, room;
    uint32_t free; /* first free number */
    pthread_key_t key;
} table;

static _Thread_local struct real_thread *self;

static struct real_thread *find(uint32_t number)
{
    return number ? table.at[number] : NULL;
}

/* ---- Records -------------------------------------------------------------*/

static struct real_thread *slot_new(void)
{
    if (table.count == table.room) {
        table.room = table.room ? 2 * table.room : 64;
        table.at = lab_xrealloc(table.at, table.room * sizeof(table.at[0]));
    }
    table.count += table.count == 0; /* number 0 means none */
    struct real_thread *thread = lab_xcalloc(1, sizeof(*thread));
    thread->number = table.count;
    real_condition_init(&thread->wake);
    table.at[table.count++] = thread;
    return thread;
}

static struct real_thread *record_new(struct sim_node *node, const char *name)
{
    struct real_thread *thread = find(table.free);
    if (thread) {
        table.free = thread->next;
    } else {
        thread = slot_new();
    }
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

static void record_free(struct real_thread *thread)
{
    if (thread->node) {
        thread->node->living--;
        thread->node->tasks -= thread->task != NULL;
    }
    thread->lives = false;
    thread->next = table.free;
    table.free = thread->number;
}

/* ---- Start and end -------------------------------------------------------*/

/* Runs at the end of any thread, also by pthread_exit(). */
static void ended(void *record)
{
    struct real_thread *thread = record;
    real_hold(); /* a thread of the tester has it */
    if (thread->call) {
        node_call_returned(thread->call);
    }
    record_free(thread);
    self = NULL;
    real_release(false);
}

static void *run_thread(void *record)
{
    struct real_thread *thread = record;
    self = thread;
    pthread_setspecific(table.key, thread);
    if (thread->start) {
        return thread->start(thread->argument);
    }
    if (!thread->node) {
        real_hold();
    }
    thread->task(thread->argument);
    return NULL;
}

void real_threads_init(void)
{
    int error = pthread_key_create(&table.key, ended);
    LAB_ASSERT(error == 0);
}

void real_spawn(struct sim_node *node, const char *name, void (*task)(void *),
                void *argument, struct node_call *call)
{
    pthread_t handle;
    struct real_thread *thread = record_new(node, name);
    thread->task = task;
    thread->argument = argument;
    thread->call = call;
    if (node) {
        node->tasks++;
    }
    int error = REAL(pthread_create)(&handle, NULL, run_thread, thread);
    if (error) {
        sim_fail(SIM_MEMORY, "the system has no more threads: %s",
                 strerror(error));
    }
    pthread_detach(handle);
}

int real_thread_create(pthread_t *handle, const pthread_attr_t *attr,
                       void *(*start)(void *), void *argument)
{
    if (!real_active()) {
        return REAL(pthread_create)(handle, attr, start, argument);
    }
    bool held = real_hold();
    struct real_thread *thread = record_new(real_node(), "");
    thread->start = start;
    thread->argument = argument;
    real_release(held);
    int error = REAL(pthread_create)(handle, attr, run_thread, thread);
    if (error) {
        held = real_hold();
        record_free(thread);
        real_release(held);
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
            text[used] = '\0'; /* no half lines */
            return;
        }
        used += (size_t)n;
    }
}

/* ---- Waiting -------------------------------------------------------------*/

static void append(struct sim_queue *queue, struct real_thread *thread)
{
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

static void leave_queue(struct real_thread *thread)
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
    leave_queue(thread);
    thread->waiting = false;
    pthread_cond_signal(&thread->wake);
}

/* A thread that the framework has not seen begin. */
static void adopt(void)
{
    self = record_new(NULL, "thread");
    pthread_setspecific(table.key, self);
}

bool real_wait(struct sim_queue *queue, sim_ns deadline, const char *what)
{
    if (!self) {
        adopt();
    }
    self->waiting = true;
    self->what = what;
    if (queue) {
        append(queue, self);
    }
    while (self->waiting) {
        if (!real_pause(&self->wake, deadline) && self->waiting) {
            leave_queue(self);
            self->waiting = false;
            return false;
        }
    }
    return true;
}

void real_wake_one(struct sim_queue *queue)
{
    if (queue->first) {
        wake(find(queue->first));
    }
}

void real_wake_all(struct sim_queue *queue)
{
    while (queue->first) {
        wake(find(queue->first));
    }
}

void real_sleep_for(sim_ns duration)
{
    bool held = real_hold();
    struct sim_node *node = real_node();
    if (!node || !node->ending) {
        real_wait(NULL, real_now() + duration, "a sleep to end");
    }
    real_release(held);
}

/* Threads of the tester let others in. */
void real_yield(void)
{
    bool held = real_hold();
    real_release(false);
    sched_yield();
    if (held) {
        real_hold();
    }
}

void real_wake_sleepers(const struct sim_node *node)
{
    for (uint32_t i = 1; i < table.count; i++) {
        struct real_thread *thread = table.at[i];
        if (thread->lives && thread->node == node && thread->waiting &&
            !thread->queue) {
            wake(thread);
        }
    }
}
