/* sim.h - the deterministic runtime: threads, time and events from one seed.
 * Layer: sim; includes base. Not for labs: they see pthreads and POSIX only.
 *
 *     struct sim_result result;
 *     sim_run(&(struct sim_options){.seed = 1}, body, argument, &result);
 *
 * runs body as the first simulated thread. Inside, every thread that plain
 * code creates is a fiber on the one OS thread; pthread, time, random and
 * malloc calls of the whole process are simulated (calls.def). Outside, all
 * of them pass through to libc.
 *
 * Each synchronisation call is a scheduling point and costs 1 us of virtual
 * time; when nothing can run, the clock jumps to the next timer.
 *
 * Everything here is for framework code, on a fiber, unless it says so. A
 * fiber belongs to a server (node.h) or to the tester. Framework code that
 * a server's fiber can enter runs between sim_enter() and sim_leave().
 *
 * A run can also be a real one (sim_options.real): the same program on real
 * threads and in real time. Then nothing is repeatable, the interposed calls
 * are libc's, and servers are not killed but told to end (sim_node_end).
 * Threads of the tester still run one at a time: from one wait of this header
 * to the next they are alone with the framework, so they must not wait
 * otherwise. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "sim/image/place.h"

typedef uint64_t sim_ns; /* virtual nanoseconds since the run began */

#define SIM_US      UINT64_C(1000)
#define SIM_MS      UINT64_C(1000000)
#define SIM_SECOND  UINT64_C(1000000000)
#define SIM_FOREVER UINT64_MAX

/* ---- Runs ---------------------------------------------------------------*/

/* How the next thread is chosen among those that can run. */
enum sim_policy {
    SIM_RANDOM, /* by a hash of seed, thread and step; the default */
    SIM_FIFO,   /* in the order in which they became runnable */
    SIM_PCT,    /* by priorities that change at random points (Burckhardt et
                   al., ASPLOS 2010), with guards against starvation */
};

/* How a run ended. The text is the word used in reports. */
#define SIM_ENDS(X)                                                            \
    X(SIM_RUNNING, "running")   /* not over: the process was killed */         \
    X(SIM_DONE, "done")         /* body returned */                            \
    X(SIM_FAILED, "fail")       /* sim_fail(): a check of the tester */        \
    X(SIM_MISUSE, "misuse")     /* an API used against its contract */         \
    X(SIM_RACE, "race")         /* two accesses to memory without order */     \
    X(SIM_CRASHED, "crash")     /* a fatal signal or failed assertion */       \
    X(SIM_EXITED, "exit")       /* the code under test called exit() */        \
    X(SIM_MEMORY, "memory")     /* the memory limit was reached */             \
    X(SIM_DEADLOCK, "deadlock") /* nobody can ever run again, a lock cycle */  \
    X(SIM_LIVELOCK, "livelock") /* step budget used up, or an endless loop */  \
    X(SIM_TIMEOUT, "timeout")   /* virtual time limit */                       \
    X(SIM_BUG, "internal")      /* a bug of the framework itself */

enum sim_end {
#define SIM_END_ENUM(name, text) name,
    SIM_ENDS(SIM_END_ENUM)
#undef SIM_END_ENUM
};
const char *sim_end_text(enum sim_end end);

struct sim_options {
    uint64_t seed;
    enum sim_policy policy;
    sim_ns time_limit;   /* 0: none. Beyond it the run ends: SIM_TIMEOUT */
    uint64_t step_limit; /* 0: the default, 100 million: SIM_LIVELOCK */
    int trace_fd;        /* events as JSON lines go here; 0: no trace */
    bool trace_steps;    /* and every scheduling step, every wait */
    uint8_t fill;        /* fresh memory and stacks hold it; 0: anything */
    bool real;           /* real threads; one such run in a process */
    bool race;           /* look for data races in instrumented plug-ins */
    /* Called when a run that cannot return (fatal signal) has its result, from
     * the signal handler: only async-signal-safe work. After it the process
     * ends, with status 3. */
    void (*cannot_return)(void);
};

enum { SIM_FRAMES = 12, SIM_STACKS = 256, SIM_ADVICE = 16 };

/* Where a thread is. Of a server's thread the frames in the plug-in, of the
 * tester's those in the program; the innermost first. */
struct sim_stack {
    int32_t server;
    uint32_t frame_count;
    struct sim_place frames[SIM_FRAMES];
    uint32_t held_count;   /* mutexes that it holds */
    struct sim_place held; /* where it took the one that it has held longest */
};

/* No rule is broken, but hardly meant: it waited with a mutex held. */
struct sim_advice {
    char what[64]; /* it waited for this */
    char thread[64];
    struct sim_stack stack;
};

/* One of the two accesses of a data race. */
struct sim_access {
    char thread[64];
    char does[64]; /* "writes 8 bytes" */
    uint32_t frame_count;
    struct sim_place frames[SIM_FRAMES]; /* innermost first */
};

/* Plain data without pointers, so that it can lie in a page that is shared
 * with another process; it is written as things happen, and complete when
 * end is no longer SIM_RUNNING. */
struct sim_result {
    enum sim_end end;
    sim_ns now;          /* virtual time at the end */
    uint64_t steps;      /* scheduling steps */
    uint64_t hash;       /* of the whole execution, event by event */
    int server;          /* where it ended: server index, -1 the tester */
    char thread[64];     /* the thread's name, "" if none */
    char what[1024];     /* one sentence, "" for SIM_DONE */
    char threads[16384]; /* what each thread waits for; "" for SIM_DONE */
    /* Of the lines in threads, in their order, as far as there is room. The
     * threads of the server where it ended come first. */
    struct sim_stack stacks[SIM_STACKS];
    uint32_t stack_count;
    uint32_t advice_count;
    struct sim_advice advice[SIM_ADVICE]; /* one for each place */
    struct sim_access race[2];            /* of SIM_RACE: the later one first */
    int trace_error; /* errno: the trace is not whole; 0: it is */
};

/* Run body(argument) to its end. Not on a fiber; one run at a time. Threads
 * that still live when body returns are abandoned, as in any process. */
void sim_run(const struct sim_options *options, void (*body)(void *),
             void *argument, struct sim_result *result);

/* End the run now, with this verdict and sentence, from any fiber. */
_Noreturn void sim_fail(enum sim_end end, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* True on a fiber of a run. */
bool sim_active(void);

/* Is the run a real one? Is that all that this program knows? The thread
 * sanitizer interposes the names that the simulation would: in a build for it
 * they are left out. */
bool sim_is_real(void);
bool sim_only_real(void);

/* Virtual time; 0 outside a run. Costs nothing, no scheduling point. */
sim_ns sim_now(void);

/* The seed of the run; 0 outside. */
uint64_t sim_seed(void);

/* ---- Threads ------------------------------------------------------------*/

/* Start a thread that belongs to the caller's server (or the tester). The
 * name is copied. It is detached: it ends when fn returns. */
void sim_spawn(const char *name, void (*fn)(void *), void *argument);

/* A scheduling point: others may run first. */
void sim_yield(void);

void sim_sleep(sim_ns duration);

/* The caller's server (-1: the tester, or outside a run) and thread name
 * ("" outside; valid until the thread ends). */
int sim_server(void);
const char *sim_thread_name(void);

/* ---- Inside the framework -----------------------------------------------*/

/* Guards state of the framework that servers' fibers can enter. Between
 * sim_enter() and sim_leave() memory comes from the framework's heap and
 * nothing else runs: no scheduling point, so no fiber is ever parked or
 * killed inside. Nesting is an error. All zero is a valid start. */
struct sim_mutex {
    uint64_t unused; /* a plain mutex under --real */
};
void sim_enter(struct sim_mutex *mutex);
void sim_leave(struct sim_mutex *mutex);

/* Memory of the framework from any place, inside or outside of sim_enter:
 * survives the crash of the caller's server. Freed with free(). */
void *sim_framework_alloc(size_t size);

/* A queue of waiting threads; all zero is a valid start. A thread that is
 * killed while it waits leaves the queue by itself. */
struct sim_queue {
    uint32_t first, last; /* fiber numbers, 0 none */
};

/* Wait to be woken, between sim_enter and sim_leave: leaves, waits, enters
 * again, like a condition variable. `what` (static text) is what reports say
 * the thread waits for. Returns false when virtual time reached the deadline
 * first (SIM_FOREVER: none). Others have run: check everything anew. */
bool sim_wait(struct sim_mutex *mutex, struct sim_queue *queue, sim_ns deadline,
              const char *what);

/* Make the first / all waiting threads runnable. No scheduling point.
 * Callable from timers too. */
void sim_wake_one(struct sim_queue *queue);
void sim_wake_all(struct sim_queue *queue);
bool sim_queue_empty(const struct sim_queue *queue);

/* While the calling thread is in a wait that could see it killed, drop(arg)
 * is what to do instead of its own clean-up; run once, as framework, at the
 * kill. NULL takes it back. One per thread. */
void sim_on_kill(void (*drop)(void *), void *argument);

/* Handing things over is order for the race detector: what the threads of a
 * server did before they gave is before what happens after a take, by the
 * server or by the tester's threads that take. Nothing when it is off. */
void sim_order_give(void);
void sim_order_take(void);

/* ---- Timers -------------------------------------------------------------*/

/* Call fn(argument) once, as framework and on no thread's behalf, when the
 * clock has passed now + delay. It must not wait. Equal deadlines fire in
 * the order they were set. Returns a number for sim_cancel(), never 0. */
uint64_t sim_after(sim_ns delay, void (*fn)(void *), void *argument);

/* Forget a timer; false if it has fired already or never was. */
bool sim_cancel(uint64_t timer);

/* ---- Trace --------------------------------------------------------------*/

/* A kind of event: name and the names of its fields (NULL where fewer). Give
 * it static storage. Never pointers or anything else that differs between
 * two runs of a seed. */
struct sim_event_kind {
    const char *name;
    const char *field[4];
};

/* Feed an event into the hash of the run and, when tracing, write it with
 * time, server and thread as one line of JSON. */
void sim_event(const struct sim_event_kind *kind, uint64_t a, uint64_t b,
               uint64_t c, uint64_t d);

/* A 64-bit digest of content, for a field of an event. */
uint64_t sim_digest(struct bytes content);

#endif
