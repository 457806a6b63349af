/* run.c - a real run, from its first thread to its verdict.
 * Layer: sim; real runs. See mode.h. */
#include <stdio.h>

#include "base/assert.h"
#include "sim/real/lock.h"
#include "sim/real/stuck.h"
#include "sim/real/thread.h"
#include "sim/real/timer.h"
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

/* ---- Verdicts ------------------------------------------------------------*/

void real_fail(enum sim_end end, const char *what)
{
    LAB_ASSERT(end != SIM_RUNNING && end != SIM_DONE);
    real_lock(); /* parks here if another thread was first */
    run_conclude(end, what);
    real_finish();
    real_park();
}

void real_conclude(struct sim_result *result, enum sim_end end)
{
    result->now = real_now();
    result->server = sim_server();
    snprintf(result->thread, sizeof(result->thread), "%s", sim_thread_name());
    if (end != SIM_DONE) {
        real_describe(result->threads, sizeof(result->threads));
    }
    sanitizer_expect_leaks(); /* threads are parked with what they own */
    result->trace_error = trace_flush();
    result->end = end; /* last: whoever reads it finds all the rest */
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
    real_park();
}

static void conclude_hung(sim_ns limit, bool stuck)
{
    char what[80] = "every thread waits, and nothing is left that could wake "
                    "one";
    if (!stuck) {
        snprintf(what, sizeof(what),
                 "the time limit of %.0f s of real time has passed",
                 (double)limit / 1e9);
    }
    run_conclude(stuck ? SIM_DEADLOCK : SIM_TIMEOUT, what);
    real_finish();
}

/* Let the others run until the run is over, and check once a second whether it
 * hangs. */
static void conduct(sim_ns limit)
{
    static const sim_ns check_period = SIM_SECOND;
    bool stuck = false;
    while (!real_is_over()) {
        sim_ns next = real_now() + check_period;
        if (!real_await_over(next < limit ? next : limit)) {
            /* Without the mutex, or all would seem to wait for it. */
            real_unlock(false);
            stuck = real_stuck();
            real_lock();
        }
        /* The run may have ended while the mutex was unlocked. */
        if (!real_is_over() && (stuck || real_now() >= limit)) {
            conclude_hung(limit, stuck);
        }
    }
}

void real_run(const struct sim_options *options, void (*fn)(void *),
              void *argument)
{
    LAB_ASSERT(fn);
    body.fn = fn;
    body.argument = argument;
    real_threads_init();
    real_begin();
    real_timers_start();
    real_spawn(NULL, "tester", run_body, NULL, NULL);
    conduct(options->time_limit ? options->time_limit : SIM_FOREVER);
    real_end();
}
