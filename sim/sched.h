/* sched.h - simulated threads: switching, waiting, waking.
 * Layer: sim, internal. One OS thread; no locks needed.
 *
 * Life of a thread: READY (ready.c) -> RUNNING -> READY or WAITING (perhaps in
 * a queue, perhaps with a timer) -> ... -> ENDED (its stack is in the pool
 * again; the record stays until another thread joins it) -> FREE.
 *
 * There is no scheduler fiber: a thread that stops running picks the next one
 * and switches to it, so that a hand-over costs one switch. */
#ifndef SIM_SCHED_H
#define SIM_SCHED_H

#include "sim/sim.h"
#include "sim/thread_names.h"

struct sim_node;
struct tls_block;

enum thread_state {
    THREAD_FREE,
    THREAD_READY,
    THREAD_PAUSED, /* runnable, but its server is paused */
    THREAD_RUNNING,
    THREAD_WAITING,
    THREAD_ENDED,
};

#define THREAD_HELD_SHOWN 6 /* held mutexes remembered for reports */

struct thread {
    /* What every switch touches comes first, in few cache lines. */
    void *sp; /* where it is parked, while it does not run */
    void *stack;
    void *heap; /* of its server; NULL: the framework's (heap.h) */
    int saved_errno;
    enum thread_state state;
    uint64_t path;           /* place in the tree of creation: the key of its
                                random decisions */
    uint64_t steps;          /* scheduling points it has passed */
    struct sim_node *node;   /* NULL: the tester */
    uint32_t number;         /* index in the table, > 0 */
    uint32_t next, prev;     /* in the queue it waits in */
    uint32_t busy;           /* policy pct: steps since its last wait */
    struct sim_queue *queue; /* it waits in; NULL: none */
    uint64_t timer;          /* wakes it; 0: none */
    const char *what;        /* it waits for, for reports */
    sim_ns deadline;         /* of its wait, by the clock that */
    uint8_t waits_by;        /* names: clock.c */
    bool timed_out;          /* the last wait ended by its deadline */
    bool detached;
    bool started; /* has run: its stack has frames */
    uint32_t held_count;
    const uint32_t *wait_holder; /* the number of the thread that holds the
                                    mutex it waits for; NULL: for none */
    const uint32_t *wait_missed; /* how many of the last signals found no
                                    waiter, where it waits on a condition
                                    variable; NULL: on none */
    sim_ns ready_since;          /* policy pct */
    uint64_t priority;           /* policy pct: the lowest number runs */
    struct race_thread *race;    /* race.h; NULL: not watched */
    struct tls_block *tls;       /* its thread-local variables: tls.h */

    /* Identity. */
    uint32_t generation; /* of this slot of the table */
    uint64_t children;   /* threads it has created */
    struct thread *node_next, *node_prev;
    struct thread_names names;
    struct held {
        const void *mutex;
        uintptr_t at; /* return address of the call that took it */
    } held[THREAD_HELD_SHOWN];

    /* Start and end. */
    void *(*start)(void *); /* a pthread's function, or */
    void (*task)(void *);   /* that of a thread of the framework */
    void *argument;
    void *result;
    struct node_call *call; /* the sim_node_call() that waits for its end */
    struct sim_queue joiners;
    bool takes;    /* from an apply channel: race.c */
    void **values; /* of thread keys: keys.c */
    size_t value_count;
    void *cleanup;                 /* pushed handlers: calls/cleanup.c */
    int cancel_state, cancel_type; /* calls/attributes.c */
    void (*on_kill)(void *);       /* sim_on_kill() */
    void *on_kill_argument;
    void *asan_fake_stack;
};

/* The random numbers of rand() and kin: the next one is the hash of key and
 * count. */
struct random_stream {
    uint64_t key, count;
};

/* The state of a run, shared by all of sim/. */
struct sched {
    bool active;
    bool inside;   /* between sim_enter and sim_leave, or in a timer */
    bool in_timer; /* a timer runs: on no thread's behalf */
    struct thread *current;
    sim_ns now;
    sim_ns timer_next; /* deadline of the first timer, SIM_FOREVER: none */
    uint64_t steps;
    uint64_t hash;
    uint64_t seed;
    uint64_t key;     /* of the scheduler's own draws */
    uint64_t unowned; /* threads that no thread started */
    uint64_t lowered; /* policy pct: priorities lowered so far */
    struct random_stream tester_random;
    struct sim_queue once_waiting; /* for any pthread_once: they are few */
    struct sim_queue spin_waiting; /* for any spin lock */
    enum sim_policy policy;
    sim_ns time_limit;
    uint64_t step_limit;
    bool trace_steps;
};
extern struct sched sched;

/* A scheduling point, at which every synchronization call begins or ends: takes
 * 1 us of virtual time, then other threads may run. Outside of sim_enter(). */
void sched_step(void);

/* The same, for a thread that lets others run first. */
void sched_step_aside(void);

/* Stop running until sched_wake() or the deadline (SIM_FOREVER: none). To wait
 * in a queue, call sched_enqueue() before. Returns false if the deadline woke
 * it. Reports say that the thread waits for `what` (static text). */
bool sched_wait(sim_ns deadline, const char *what);

/* Move the deadline of a waiting thread (SIM_FOREVER: none). */
void sched_set_deadline(struct thread *thread, sim_ns deadline);

/* Stop running until the server of the current thread is resumed. */
void sched_pause(void);

/* Make a waiting thread runnable: take it out of its queue and remove its
 * timer. No scheduling point. */
void sched_wake(struct thread *thread);

/* Append the current thread to a queue; sched_wait() comes next. */
void sched_enqueue(struct sim_queue *queue);

/* Append to, or unlink from, a queue; nothing else changes. */
void queue_append(struct sim_queue *queue, struct thread *thread);
void queue_remove(struct sim_queue *queue, struct thread *thread);

/* The thread of a queue that the policy wakes next; NULL if it is empty. */
struct thread *sched_choose(const struct sim_queue *queue);

/* Create a thread that is ready to run start or task (the other is NULL). name
 * NULL: after its start function. The heap is its server's. */
struct thread *sched_create(struct sim_node *node, const char *name,
                            uint64_t path, void *(*start)(void *),
                            void (*task)(void *), void *argument);

/* Create a detached thread of its parent's server; parent NULL: of the tester,
 * for timers and stop points. */
void sched_spawn(struct thread *parent, const char *name, void (*fn)(void *),
                 void *argument);

/* End the current thread, as if its function had returned result. */
_Noreturn void sched_exit(void *result);

/* Remove a thread that does not run from every queue, timer and table. None of
 * its code runs again, but for the function of sim_on_kill(). */
void sched_kill(struct thread *thread);

/* Call call() on the stack of a thread that has started and is parked, for
 * reports. The run must be over: the thread cannot run afterwards. */
void sched_call_on(struct thread *thread, void (*call)(void));

/* Run the threads of a new run, from the OS thread's stack, until
 * sched_stop(). */
void sched_run(struct thread *first);

/* Leave all fibers and return from sched_run(). */
_Noreturn void sched_stop(void);

/* Add two words to the hash of the run. */
static inline void sched_hash(uint64_t a, uint64_t b)
{
    uint64_t h = (sched.hash ^ a) * UINT64_C(0x9fb21c651e98df25);
    h = (h >> 32 ^ h ^ b) * UINT64_C(0x9fb21c651e98df25);
    sched.hash = h ^ h >> 29;
}

#endif
