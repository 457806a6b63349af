/* sched.h - simulated threads, and which of them runs.
 * Layer: sim, internal. One OS thread; no locks needed.
 *
 * Life of a thread: READY (ready.c) -> RUNNING -> READY or WAITING
 * (perhaps in a queue, perhaps with a timer) -> ... -> ENDED (its stack is
 * gone; the record stays until somebody joins it) -> free.
 *
 * There is no scheduler fiber: whoever stops running picks the next one and
 * switches to it, one switch per hand-over. */
#ifndef SIM_SCHED_H
#define SIM_SCHED_H

#include "sim/sim.h"
#include "sim/thread_names.h"

struct sim_node;
struct tls_block;

enum thread_state {
    THREAD_FREE,
    THREAD_READY,
    THREAD_PAUSED, /* could run, but its server is paused */
    THREAD_RUNNING,
    THREAD_WAITING,
    THREAD_ENDED,
};

#define THREAD_HELD_SHOWN 6 /* held mutexes remembered for reports */

struct thread {
    /* What every switch touches comes first, in few cache lines. */
    void *sp;
    void *stack;
    void *heap; /* where malloc takes from while it runs: heap.h */
    int saved_errno;
    enum thread_state state;
    uint64_t path;           /* key of its random decisions */
    uint64_t steps;          /* scheduling points it has passed */
    struct sim_node *node;   /* NULL: the tester */
    uint32_t number;         /* index in the table, > 0 */
    uint32_t next, prev;     /* in the queue it waits in */
    uint32_t busy;           /* policy pct: steps since it has waited */
    struct sim_queue *queue; /* NULL: none */
    uint64_t timer;          /* wakes it; 0: none */
    const char *what;        /* waits for this, for reports */
    sim_ns deadline;         /* by one of its server's clocks, */
    uint8_t waits_by;        /* this one: clock.c */
    bool timed_out;
    bool detached;
    bool started; /* has run: there is something on its stack */
    uint32_t held_count;
    const uint32_t *wait_holder; /* of the mutex it waits for: its holder's
                                    number, 0 none; NULL: for no mutex */
    const uint32_t *wait_missed; /* of the condition variable it waits on:
                                    the last signals that found nobody */
    sim_ns ready_since;
    uint64_t priority;        /* policy pct: the lowest number runs */
    struct race_thread *race; /* race.h; NULL: not watched */
    struct tls_block *tls;    /* its thread-local variables: tls.h */

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
    void *(*start)(void *); /* what a plain pthread runs, or */
    void (*task)(void *);   /* what the framework started */
    void *argument;
    void *result;
    struct node_call *call; /* somebody waits for the task: node.c */
    struct sim_queue joiners;
    bool takes;    /* from an apply channel: race.c */
    void **values; /* of thread keys: keys.c */
    size_t value_count;
    void *cleanup;                 /* handlers pushed: cleanup.c */
    int cancel_state, cancel_type; /* attributes.c */
    void (*on_kill)(void *);
    void *on_kill_argument;
    void *asan_fake_stack;
};

/* Random numbers of rand() and kin: the next is number count of key. */
struct random_stream {
    uint64_t key, count;
};

/* What all of sim/ shares during a run. */
struct sched {
    bool active;
    bool inside;   /* between sim_enter and sim_leave, or in a timer */
    bool in_timer; /* on no thread's behalf */
    struct thread *current;
    sim_ns now;
    sim_ns timer_next; /* deadline of the first timer, SIM_FOREVER: none */
    uint64_t steps;
    uint64_t hash;
    uint64_t seed;
    uint64_t key;     /* of the scheduler's own draws */
    uint64_t unowned; /* threads started by timers */
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

/* Every call that synchronises passes here first: 1 us of virtual time, then
 * perhaps others run. */
void sched_step(void);

/* A step of a thread that asks others to go first. */
void sched_step_aside(void);

/* Stop running until sched_wake(), or the deadline (SIM_FOREVER: none). The
 * caller has put itself into a queue before, or not. Returns false if the
 * deadline woke it. */
bool sched_wait(sim_ns deadline, const char *what);

/* Give a waiting thread another deadline (SIM_FOREVER: none). */
void sched_set_deadline(struct thread *thread, sim_ns deadline);

/* Stop running until the server of the current thread is resumed. */
void sched_pause(void);

/* Make a waiting thread runnable; it leaves its queue and loses its timer. */
void sched_wake(struct thread *thread);

/* Let the current thread wait in a queue (at its end). */
void sched_enqueue(struct sim_queue *queue);

/* The links of a queue, without waiting. */
void queue_append(struct sim_queue *queue, struct thread *thread);
void queue_remove(struct sim_queue *queue, struct thread *thread);

/* Which waiting thread of a queue is woken next, by policy; NULL if none. */
struct thread *sched_choose(const struct sim_queue *queue);

/* A new thread, ready to run start or task, the other being NULL. name may be
 * NULL (then it is called after its start function). */
struct thread *sched_create(struct sim_node *node, const char *name,
                            uint64_t path, void *(*start)(void *),
                            void (*task)(void *), void *argument);

/* A detached thread of the same server as its parent; of the tester for NULL:
 * timers and stop points start those. */
void sched_spawn(struct thread *parent, const char *name, void (*fn)(void *),
                 void *argument);

/* The current thread ends here. */
_Noreturn void sched_exit(void *result);

/* Take a thread that is not running out of everything, for good. */
void sched_kill(struct thread *thread);

/* Call look() on the stack of a thread that has started and does not run.
 * It must not run afterwards. For reports, when the run is over. */
void sched_call_on(struct thread *thread, void (*look)(void));

/* Run the threads of a new run, from the OS stack, until sched_stop(). */
void sched_run(struct thread *first);

/* Leave all fibers, back to sched_run(). */
_Noreturn void sched_stop(void);

/* Feed two words into the hash of the run. */
static inline void sched_hash(uint64_t a, uint64_t b)
{
    uint64_t h = (sched.hash ^ a) * UINT64_C(0x9fb21c651e98df25);
    h = (h >> 32 ^ h ^ b) * UINT64_C(0x9fb21c651e98df25);
    sched.hash = h ^ h >> 29;
}

#endif
