/* mode.h - runs on real threads and in real time (--real): for the rest of
 * sim/, whose functions ask real_on() first.
 * Layer: sim, internal. Public face: sim.h and node.h.
 *
 * One mutex, real_lock(), guards all of the framework. A server's thread holds
 * it between sim_enter() and sim_leave(). A thread of the tester holds it all
 * the time except while it waits, and so does the thread of the timers while
 * timers fire: so these run one at a time, as fibers do, and what they share
 * is guarded. No thread can be killed: a server ends when it is asked to. When
 * the run is over, a thread that locks the mutex waits there for ever.
 *
 * From the bottom up, each file calling only those before it:
 *
 *     libc.c      libc's own functions, behind the interposed names
 *     lock.c      the mutex and the clock of the run, and whether it is over
 *     thread.c    threads: their table, names, waits and queues
 *     timer.c     the thread that fires timers
 *     node.c      servers
 *     stuck.c     is the run deadlocked?
 *     run.c       the run, from its first thread to its verdict
 *     stubs.c     what a build for the thread sanitizer needs besides */
#ifndef SIM_REAL_MODE_H
#define SIM_REAL_MODE_H

#include <pthread.h>

#include "sim/node_internal.h"
#include "sim/sanitizer.h"

#ifdef SIM_THREAD_SANITIZER
/* The simulation is left out: the sanitizer interposes the same names. */
static const bool real_chosen = true;
#else
extern bool real_chosen;
#endif

/* Choose whether the next run is a real one. */
void real_choose(bool real);

/* Is, or was, the run of this process a real one? */
static inline __attribute__((always_inline)) bool real_on(void)
{
    return real_chosen;
}

/* End a real run that asks for what only a simulation can do. */
static inline __attribute__((always_inline)) void real_refuse(const char *what)
{
    if (real_on()) {
        sim_fail(SIM_MISUSE, "%s is not possible on real threads (--real)",
                 what);
    }
}

/* ---- run.c: the run ------------------------------------------------------*/

/* Run body on a real thread, and return when the run is over. Once in a
 * process. run_conclude() (sim/run.h) writes the result. */
void real_run(const struct sim_options *options, void (*body)(void *),
              void *argument);

/* End the run with this verdict and sentence, from any of its threads. */
_Noreturn void real_fail(enum sim_end end, const char *what);

/* Fill in all of the result but the sentence, as conclude() of sim/run.c does
 * for a simulation. */
void real_conclude(struct sim_result *result, enum sim_end end);

/* ---- lock.c: the mutex and the clock -------------------------------------*/

/* Is this a thread of a run? That is: of one that is not over, or was not when
 * the thread last held the mutex. */
bool real_active(void);

/* Return the time since the run began; 0 outside of a run. */
sim_ns real_now(void);

/* What sim_enter() and sim_leave() do; is the thread between the two? */
void real_enter(void);
void real_leave(void);
bool real_inside(void);

/* Lock the mutex, unless this thread holds it already. Return whether it did,
 * for real_unlock(), which then leaves it locked. Never returns once the run
 * is over. */
bool real_lock(void);
void real_unlock(bool held_before);

/* ---- thread.c: threads ---------------------------------------------------*/

/* Start a thread of a server (NULL: the tester) that runs a task of the
 * framework. call: what waits for its end, or NULL. Needs the mutex. */
void real_spawn(struct sim_node *node, const char *name, void (*task)(void *),
                void *argument, struct node_call *call);

/* What pthread_create() does in a real run: the new thread belongs to the
 * server of the caller. Returns 0 or an error number. */
int real_thread_create(pthread_t *handle, const pthread_attr_t *attr,
                       void *(*start)(void *), void *argument);

/* Return the server of the current thread (NULL: none) and the thread's name
 * ("": none; valid while it lives). */
struct sim_node *real_node(void);
const char *real_thread_name(void);

/* Wait in a queue (NULL: none) for a wake-up or the deadline; false if that
 * came first. Needs the mutex, which others can lock meanwhile. what: static
 * text, for reports. */
bool real_wait(struct sim_queue *queue, sim_ns deadline, const char *what);

/* Wake the first thread of a queue, or all. Needs the mutex. */
void real_wake_one(struct sim_queue *queue);
void real_wake_all(struct sim_queue *queue);

/* What sim_sleep() and sim_yield() do. */
void real_sleep_for(sim_ns duration);
void real_yield(void);

/* ---- timer.c: timers -----------------------------------------------------*/

/* A timer was set, perhaps the first to fire. Needs the mutex. */
void real_timer_set(void);

/* ---- node.c: servers -----------------------------------------------------*/

/* What sim_node_boot(), sim_node_spawn() and sim_node_end() do. Needs the
 * mutex. call as for real_spawn(). */
void real_node_boot(struct sim_node *node);
bool real_node_spawn(struct sim_node *node, const char *name,
                     void (*fn)(void *), void *argument,
                     struct node_call *call);
void real_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument);

#endif
