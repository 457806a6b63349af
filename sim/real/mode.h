/* mode.h - runs on real threads and in real time (--real).
 * Layer: sim, internal. Public face: sim.h and node.h, whose functions ask
 * real_on() first.
 *
 * One mutex guards all of the framework. Threads of servers hold it between
 * sim_enter() and sim_leave(). Threads of the tester hold it all the time
 * except while they wait, and so does the thread of the timers while timers
 * fire: so they run one at a time, as fibers do, and whatever they share is
 * guarded. Nothing can be killed: servers end when they are asked to. When
 * the run is over, any thread that comes to the mutex waits for ever. */
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

/* The next run is, or is not, a real one. */
void real_choose(bool real);

/* Is, or was, the run of this process a real one? */
static inline __attribute__((always_inline)) bool real_on(void)
{
    return real_chosen;
}

/* Ends a real run that asks for what only a simulation can do. */
static inline __attribute__((always_inline)) void real_refuse(const char *what)
{
    if (real_on()) {
        sim_fail(SIM_MISUSE, "%s: not possible on real threads", what);
    }
}

/* ---- run.c: the run and its mutex ----------------------------------*/

/* Run body on a real thread; returns when the run is over. Once in a process.
 * The result is written by run_conclude() (run.h). */
void real_run(const struct sim_options *options, void (*body)(void *),
              void *argument);

/* On a thread of a run that is not over, or was not when it last looked. */
bool real_active(void);

/* Fill everything but the sentence, like conclude() of run.c. */
void real_conclude(struct sim_result *result, enum sim_end end);
_Noreturn void real_fail(enum sim_end end, const char *what);

sim_ns real_now(void);
void real_enter(void);
void real_leave(void);
bool real_inside(void);

/* Hold the mutex. Returns what real_release() wants to know: was it held? */
bool real_hold(void);
void real_release(bool held);

/* Wait on a condition variable with the mutex, up to a deadline (SIM_FOREVER:
 * none); false if that has come. Threads of a run that is over stay inside. */
bool real_pause(pthread_cond_t *condition, sim_ns deadline);
void real_condition_init(pthread_cond_t *condition);

/* The run is over, if it is not already: tell the runner. Holds the mutex. */
void real_finish(void);

/* ---- thread.c: its threads -----------------------------------------*/

void real_threads_init(void);

/* Start a thread of a server (NULL: the tester). Holds the mutex. call: who
 * waits for its end, or NULL. */
void real_spawn(struct sim_node *node, const char *name, void (*task)(void *),
                void *argument, struct node_call *call);

/* What pthread_create() does in a real run: the new thread belongs to the
 * server of the caller. */
int real_thread_create(pthread_t *handle, const pthread_attr_t *attr,
                       void *(*start)(void *), void *argument);

/* The server of the current thread, NULL none; its name, "" none. */
struct sim_node *real_node(void);
const char *real_thread_name(void);

/* Wait in a queue (NULL: none), holding the mutex, which others can have
 * meanwhile. False if the deadline came first. */
bool real_wait(struct sim_queue *queue, sim_ns deadline, const char *what);
void real_wake_one(struct sim_queue *queue);
void real_wake_all(struct sim_queue *queue);
void real_sleep_for(sim_ns duration);
void real_yield(void);

/* Let all sleeps of threads of a server end. */
void real_wake_sleepers(const struct sim_node *node);

/* What each thread waits for. */
void real_describe(char *text, size_t bytes);

/* ---- timer.c -------------------------------------------------------*/

/* Start the thread that fires timers. */
void real_timers_start(void);

/* A timer was set: the first one may be another now. Holds the mutex. */
void real_timer_set(void);

/* ---- stuck.c -------------------------------------------------------*/

/* Does every thread but this one wait for another, for good? Never true of
 * runs that could go on; false also where that is not known. */
bool real_stuck(void);

/* ---- node.c --------------------------------------------------------*/

void real_node_boot(struct sim_node *node);
bool real_node_spawn(struct sim_node *node, const char *name,
                     void (*fn)(void *), void *argument,
                     struct node_call *call);
void real_node_end(struct sim_node *node, const char *name, void (*fn)(void *),
                   void *argument);

#endif
