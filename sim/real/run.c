/* run.c - a run on real threads: its mutex, its time, its end.
 * Layer: sim. See mode.h. */
#include "sim/real/mode.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "sim/real/libc.h"
#include "sim/run.h"
#include "sim/trace.h"

#ifndef SIM_THREAD_SANITIZER
bool real_chosen;
#endif

void real_choose(bool real)
{
#ifdef SIM_THREAD_SANITIZER
    LAB_ASSERT(real);
#else
    real_chosen = real;
#endif
}

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended; /* the runner waits for it */
    bool over;
    struct timespec start;
    atomic_bool running;
} run = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Of the current thread. */
static _Thread_local struct {
    bool belongs; /* to the run */
    bool holds;   /* the mutex */
    bool inside;  /* between sim_enter and sim_leave */
    bool kept;    /* it held the mutex already at sim_enter */
} me;

bool real_active(void)
{
    return me.belongs || atomic_load(&run.running);
}

sim_ns real_now(void)
{
    struct timespec now;
    if (!real_active()) {
        return 0;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t seconds = now.tv_sec - run.start.tv_sec;
    return (sim_ns)(seconds * INT64_C(1000000000) + now.tv_nsec -
                    run.start.tv_nsec);
}

/* ---- The mutex -----------------------------------------------------------*/

/* The run is over, its memory may go: this thread does nothing any more. */
static _Noreturn void stay(void)
{
    me.holds = false;
    pthread_mutex_unlock(&run.mutex);
    for (;;) {
        pause();
    }
}

bool real_hold(void)
{
    bool held = me.holds;
    if (!held) {
        pthread_mutex_lock(&run.mutex);
        me.belongs = true;
        me.holds = true;
        if (run.over) {
            stay();
        }
    }
    return held;
}

void real_release(bool held)
{
    LAB_ASSERT(me.holds);
    if (!held) {
        me.holds = false;
        pthread_mutex_unlock(&run.mutex);
    }
}

void real_enter(void)
{
    LAB_ASSERT(!me.inside);
    if (real_active()) {
        me.kept = real_hold();
        me.inside = true;
    }
}

void real_leave(void)
{
    if (real_active()) {
        LAB_ASSERT(me.inside);
        me.inside = false;
        real_release(me.kept);
    }
}

bool real_inside(void)
{
    return me.inside;
}

void real_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static bool pause_until(pthread_cond_t *condition, sim_ns deadline)
{
    if (deadline == SIM_FOREVER) {
        pthread_cond_wait(condition, &run.mutex);
        return true;
    }
    uint64_t at = (uint64_t)run.start.tv_nsec + deadline;
    struct timespec until = {
        .tv_sec = run.start.tv_sec + (time_t)(at / SIM_SECOND),
        .tv_nsec = (long)(at % SIM_SECOND),
    };
    return pthread_cond_timedwait(condition, &run.mutex, &until) != ETIMEDOUT;
}

bool real_pause(pthread_cond_t *condition, sim_ns deadline)
{
    LAB_ASSERT(me.holds);
    bool inside = me.inside;
    me.holds = me.inside = false;
    bool woken = pause_until(condition, deadline);
    me.holds = true;
    me.inside = inside;
    if (run.over) {
        stay();
    }
    return woken;
}

/* ---- The end -------------------------------------------------------------*/

void real_finish(void)
{
    LAB_ASSERT(me.holds);
    run.over = true;
    pthread_cond_signal(&run.ended);
}

void real_fail(enum sim_end end, const char *what)
{
    real_hold();
    run_conclude(end, what);
    real_finish();
    stay();
}

void real_conclude(struct sim_result *result, enum sim_end end)
{
    result->now = real_now();
    result->server = sim_server();
    snprintf(result->thread, sizeof(result->thread), "%s", sim_thread_name());
    if (end != SIM_DONE) {
        real_describe(result->threads, sizeof(result->threads));
    }
    sanitizer_expect_leaks(); /* threads are left where they are */
    result->trace_error = trace_flush();
    result->end = end;
}

/* ---- The run -------------------------------------------------------------*/

static struct {
    void (*fn)(void *);
    void *argument;
} body;

static void run_body(void *unused)
{
    (void)unused;
    body.fn(body.argument);
    run_conclude(SIM_DONE, "");
    real_finish();
    stay();
}

static void conclude_hung(sim_ns limit, bool stuck)
{
    char what[80] = "every thread waits, and nothing is left that could wake "
                    "one";
    if (!stuck) {
        snprintf(what, sizeof(what), "the time limit of %.0f s has passed",
                 (double)limit / 1e9);
    }
    run_conclude(stuck ? SIM_DEADLOCK : SIM_TIMEOUT, what);
    run.over = true;
}

/* The runner's part: it lets the others run, and looks at them now and then. */
static void wait_for_end(sim_ns limit)
{
    static const sim_ns look_period = SIM_SECOND;
    bool stuck = false;
    while (!run.over) {
        sim_ns look = real_now() + look_period;
        me.holds = false;
        bool woken = pause_until(&run.ended, look < limit ? look : limit);
        if (!woken) {
            pthread_mutex_unlock(&run.mutex);
            stuck = real_stuck();
            pthread_mutex_lock(&run.mutex);
        }
        me.holds = true;
        if (!run.over && (stuck || real_now() >= limit)) {
            conclude_hung(limit, stuck);
        }
    }
}

void real_run(const struct sim_options *options, void (*fn)(void *),
              void *argument)
{
    sim_ns limit = options->time_limit ? options->time_limit : SIM_FOREVER;
    LAB_ASSERT(!run.over);
    clock_gettime(CLOCK_MONOTONIC, &run.start);
    real_condition_init(&run.ended);
    real_threads_init();
    body.fn = fn;
    body.argument = argument;
    atomic_store(&run.running, true);
    real_hold();
    real_timers_start();
    real_spawn(NULL, "tester", run_body, NULL, NULL);
    wait_for_end(limit);
    atomic_store(&run.running, false);
    real_release(false);
    me.belongs = false;
}
