/* sim.h - the deterministic runtime: threads, time and events from one seed.
 * Layer: sim; includes base. Framework code only: labs see pthreads and POSIX.
 *
 *     struct sim_result result;
 *     sim_run(&(struct sim_options){.seed = 1}, body, argument, &result);
 *
 * runs body as the first simulated thread. During the run every thread is a
 * fiber on one OS thread, and the pthread, time, random and malloc calls of the
 * whole process are simulated (calls.def). Outside of runs they pass through to
 * libc.
 *
 * Each synchronization call is a scheduling point and costs 1 us of virtual
 * time; when no thread can run, the clock jumps to the next timer.
 *
 * Call these functions on a fiber, unless one says otherwise. A fiber belongs
 * to a server (node.h) or to the tester. Framework code that a server's fiber
 * can reach runs between sim_enter() and sim_leave().
 *
 * With sim_options.real the same program runs on OS threads and in real time.
 * Then no run can be repeated, the interposed calls are libc's, and servers are
 * asked to end (sim_node_end) instead of being killed. Tester threads still run
 * one at a time and may block only in the functions of this header.
 *
 * The files of sim/, each folder in reading order. An arrow says which of them
 * may include which; tools/lint.awk checks it.
 *
 *   calls/ -> the engine, image/, the hooks. libc's names as the program
 *   defines them; nothing else includes it.
 *     calls.def       every name that is simulated or refused (in sim/)
 *     magic.c         telling a mutex or the like from a copy or a ruin of one
 *     mutex.c cond.c rwlock.c semaphore.c barrier.c spin.c
 *     pthread.c attributes.c cleanup.c keys.c c11.c
 *     time.c sleep.c random.c malloc.c getline.c
 *     process.c sysconf.c files.c aliases.c
 *
 *   sim/ itself, the engine -> image/, the hooks
 *     run.c           one run, from its first thread to its verdict
 *     sched.c         switching between threads, waiting, waking
 *     ready.c         which thread runs next: random, fifo, pct
 *     timer.c         what happens when virtual time has passed
 *     clock.c         the clocks of servers
 *     threads.c       the table of threads, thread_names.c their names
 *     fiber.c         stacks; switch.c, switch_*: the context switch
 *     prio.c          the priority queue of ready.c and timer.c
 *     sim.c           what framework code calls on a fiber
 *     node.c          servers: boot, crash, calls; node.h is public
 *     stop_point.c    pausing a server, and stopping it where it saves or sends
 *     heap.c          a heap per server: heap_mimalloc.c or heap_asan.c
 *     keys.c tls.c    thread keys; thread-local variables
 *     plugin.c        shared objects under test; plugin.h is public
 *     plugin_check.c  which of them can be simulated
 *     plugin_image.c  loading a copy for each server
 *     trace.c         events: the hash, and JSON lines
 *     backtrace.c     where a thread is
 *     advice.c        notes on threads that wait with a mutex held
 *     fatal.c         fatal signals, endless loops
 *     sanitizer.c     what the address sanitizer must know
 *
 *   race/ -> the engine, image/. The detector of data races. Hook: race/race.h
 *     calls.c atomic.c libc.c   what instrumented code calls
 *     race.c          what orders threads: locks, creation, hand-overs
 *     memory.c        the last accesses to each byte
 *     clock.c         vector clocks
 *     context.c       the chain of calls of an access
 *     preempt.c       scheduling points between accesses
 *     report.c        the report of a race
 *
 *   real/ -> the engine, image/. Runs on OS threads. Hooks: real/mode.h, which
 *   has its index, and real/libc.h, libc's own functions
 *     libc.c lock.c thread.c timer.c node.c stuck.c run.c stubs.c
 *
 *   image/ -> nothing of sim/
 *     place.h         a place in code, as file and offset
 *     elf.c           a shared object as a file
 *     imports.c       redirecting what one loaded image imports
 *     libc_range.c    which addresses are libc's
 *     symbols.c       functions and places of addresses */
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
    SIM_PCT,    /* by priorities that change at random steps (Burckhardt et
                   al., ASPLOS 2010), with guards against starvation */
};

/* How a run ended, and the word for it in reports. */
#define SIM_ENDS(X)                                                            \
    X(SIM_RUNNING, "running")   /* not over: the process was killed */         \
    X(SIM_DONE, "done")         /* body returned */                            \
    X(SIM_FAILED, "fail")       /* sim_fail(): a check of the tester */        \
    X(SIM_MISUSE, "misuse")     /* an API used against its contract */         \
    X(SIM_RACE, "race")         /* two unordered accesses to one place */      \
    X(SIM_CRASHED, "crash")     /* a fatal signal or failed assertion */       \
    X(SIM_EXITED, "exit")       /* the code under test called exit() */        \
    X(SIM_MEMORY, "memory")     /* the memory limit was reached */             \
    X(SIM_DEADLOCK, "deadlock") /* no thread can ever run, or a lock cycle */  \
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
    uint64_t step_limit; /* 0: 100 million. Beyond it: SIM_LIVELOCK */
    int trace_fd;        /* write events to it as JSON lines; 0: no trace */
    bool trace_steps;    /* with every scheduling step and every wait */
    uint8_t fill;        /* byte in fresh memory and stacks; 0: any */
    bool real;           /* OS threads; at most one such run in a process */
    bool race;           /* look for data races in instrumented plug-ins */
    /* Called after a fatal signal, when the result is complete, because the run
     * cannot return. Runs in the signal handler: only async-signal-safe work.
     * Then the process ends with status 3. */
    void (*cannot_return)(void);
};

enum { SIM_FRAMES = 12, SIM_STACKS = 256, SIM_ADVICE = 16 };

/* Where a thread is: a server's thread in the plug-in, a tester's thread in
 * the program. Innermost frame first. */
struct sim_stack {
    int32_t server;
    uint32_t frame_count;
    struct sim_place frames[SIM_FRAMES];
    uint32_t held_count;   /* mutexes that it holds */
    struct sim_place held; /* where it took the one held longest */
};

/* No rule is broken, but it is hardly meant: a thread waited while it held a
 * mutex. */
struct sim_advice {
    char what[64]; /* what it waited for */
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

/* Plain data without pointers, so that it can lie in a page shared with
 * another process. Complete when end is no longer SIM_RUNNING. */
struct sim_result {
    enum sim_end end;
    sim_ns now;          /* virtual time at the end */
    uint64_t steps;      /* scheduling steps */
    uint64_t hash;       /* of the execution, event by event */
    int server;          /* where it ended: server index, -1 the tester */
    char thread[64];     /* the thread's name, "" if none */
    char what[1024];     /* one sentence, "" for SIM_DONE */
    char threads[16384]; /* what each thread waits for; "" for SIM_DONE */
    /* One for each line of `threads`, in the same order, while there is room;
     * the threads of the server where the run ended come first. */
    struct sim_stack stacks[SIM_STACKS];
    uint32_t stack_count;
    uint32_t advice_count;
    struct sim_advice advice[SIM_ADVICE]; /* one for each place */
    struct sim_access race[2];            /* of SIM_RACE: the later one first */
    int trace_error; /* errno: the trace is cut off there; 0: complete */
};

/* Run body(argument) until it returns or the run fails. Call it outside of
 * runs, one run at a time. Threads that still live when body returns are
 * abandoned, as in any process. */
void sim_run(const struct sim_options *options, void (*body)(void *),
             void *argument, struct sim_result *result);

/* End the run now with this verdict and sentence. On any fiber; outside of
 * runs, print the sentence and abort. */
_Noreturn void sim_fail(enum sim_end end, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* True on a fiber of a run. */
bool sim_active(void);

/* Is the run a real one? Can this program do nothing else? Builds for the
 * thread sanitizer leave the simulation out, because both would interpose the
 * same names. */
bool sim_is_real(void);
bool sim_only_real(void);

/* Virtual time; 0 outside a run. Free, and no scheduling point. */
sim_ns sim_now(void);

/* The seed of the run; 0 outside. */
uint64_t sim_seed(void);

/* ---- Threads ------------------------------------------------------------*/

/* Start a detached thread of the caller's server (or of the tester); it ends
 * when fn returns. The name is copied. */
void sim_spawn(const char *name, void (*fn)(void *), void *argument);

/* A scheduling point: other threads may run first. */
void sim_yield(void);

/* Wait for a span of virtual time. */
void sim_sleep(sim_ns duration);

/* The caller's server (-1: the tester, or outside a run) and thread name
 * ("" outside; valid until the thread ends). */
int sim_server(void);
const char *sim_thread_name(void);

/* ---- Inside the framework -----------------------------------------------*/

/* Guards framework state that servers' fibers can reach. Between sim_enter()
 * and sim_leave() memory comes from the framework's heap, and there is no
 * scheduling point: no other fiber runs, and none is parked or killed inside.
 * They do not nest. All zero is a valid initial value. */
struct sim_mutex {
    uint64_t unused; /* a plain mutex under --real */
};
void sim_enter(struct sim_mutex *mutex);
void sim_leave(struct sim_mutex *mutex);

/* Allocate from the framework's heap, inside or outside of sim_enter(): the
 * block survives a crash of the caller's server. Free it with free(). */
void *sim_framework_alloc(size_t size);

/* A queue of waiting threads; all zero is empty. A kill takes a waiting thread
 * out of its queue. */
struct sim_queue {
    uint32_t first, last; /* thread numbers, 0 none */
};

/* Wait in a queue until woken. Call it between sim_enter() and sim_leave():
 * like a condition variable, it leaves, waits, and enters again. Reports say
 * that the thread waits for `what` (static text). Returns false when virtual
 * time reached the deadline first (SIM_FOREVER: none). Other threads have run
 * meanwhile: check everything anew. */
bool sim_wait(struct sim_mutex *mutex, struct sim_queue *queue, sim_ns deadline,
              const char *what);

/* Make the first waiting thread, or all of them, runnable. No scheduling
 * point. Timers may call these, too. */
void sim_wake_one(struct sim_queue *queue);
void sim_wake_all(struct sim_queue *queue);
bool sim_queue_empty(const struct sim_queue *queue);

/* If the calling thread is killed while it waits, call drop(argument) in place
 * of its own clean-up: once, as framework code. NULL takes it back; a thread
 * has one at most. */
void sim_on_kill(void (*drop)(void *), void *argument);

/* Tell the race detector that a hand-over orders accesses: what a server's
 * threads did before they gave happens before what follows a take, by the
 * server's or the tester's threads. No effect while it is off. */
void sim_order_give(void);
void sim_order_take(void);

/* ---- Timers -------------------------------------------------------------*/

/* Call fn(argument) once, as framework code on no thread's behalf, when virtual
 * time has reached now + delay. fn must not wait. Timers with equal deadlines
 * fire in the order in which they were set. Returns a number for sim_cancel(),
 * never 0. */
uint64_t sim_after(sim_ns delay, void (*fn)(void *), void *argument);

/* Remove a timer; false if it has fired already or never existed. */
bool sim_cancel(uint64_t timer);

/* ---- Trace --------------------------------------------------------------*/

/* A kind of event: its name and those of its fields (NULL: fewer than four).
 * Static storage. Fields hold neither pointers nor anything else that differs
 * between two runs of a seed. */
struct sim_event_kind {
    const char *name;
    const char *field[4];
};

/* Add an event to the hash of the run and, when tracing, write it with time,
 * server and thread as one line of JSON. */
void sim_event(const struct sim_event_kind *kind, uint64_t a, uint64_t b,
               uint64_t c, uint64_t d);

/* Return a 64-bit digest of content, for a field of an event. */
uint64_t sim_digest(struct bytes content);

#endif
