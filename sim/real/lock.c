/* lock.c - the mutex and the clock of a real run, and whether it is over.
 * Layer: sim; real runs. See mode.h for what the mutex guards. */
#include "sim/real/lock.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t ended; /* where the conductor waits */
    bool over;
    struct timespec start;
    atomic_bool running; /* read without the mutex */
} run = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Of the current thread. */
static _Thread_local struct {
    bool belongs;     /* to the run */
    bool conducts;    /* the run: is not stopped by its end */
    bool holds;       /* the mutex */
    bool inside;      /* between sim_enter() and sim_leave() */
    bool held_before; /* that sim_enter() */
} me;

bool real_active(void)
{
    return me.belongs || atomic_load(&run.running);
}

bool real_inside(void)
{
    return me.inside;
}

bool real_holds(void)
{
    return me.holds;
}

bool real_is_over(void)
{
    return run.over;
}

sim_ns real_now(void)
{
    struct timespec now;
    if (!real_active()) {
        return 0;
    }
    /* Monotonic: the wall clock of the machine may be stepped. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t seconds = now.tv_sec - run.start.tv_sec;
    return (sim_ns)(seconds * INT64_C(1000000000) + now.tv_nsec -
                    run.start.tv_nsec);
}

/* ---- The mutex -----------------------------------------------------------*/

/* Its stack and its server's memory stay, in case others still point there. */
void real_park(void)
{
    LAB_ASSERT(run.over && me.holds);
    me.holds = false;
    pthread_mutex_unlock(&run.mutex);
    for (;;) {
        pause();
    }
}

bool real_lock(void)
{
    bool held_before = me.holds;
    if (!held_before) {
        pthread_mutex_lock(&run.mutex);
        /* A thread that the run never started, of a library say, belongs to it
         * from the first call of the framework on. */
        me.belongs = true;
        me.holds = true;
        if (run.over && !me.conducts) {
            real_park();
        }
    }
    return held_before;
}

void real_unlock(bool held_before)
{
    LAB_ASSERT(me.holds);
    if (!held_before) {
        me.holds = false;
        pthread_mutex_unlock(&run.mutex);
    }
}

/* Outside of a run there is one thread, which needs no mutex: a harness may
 * set up its objects before the run. */
void real_enter(void)
{
    LAB_ASSERT(!me.inside);
    if (real_active()) {
        me.held_before = real_lock();
        me.inside = true;
    }
}

void real_leave(void)
{
    if (real_active()) {
        LAB_ASSERT(me.inside);
        me.inside = false;
        real_unlock(me.held_before);
    }
}

/* ---- Waiting -------------------------------------------------------------*/

/* By the clock of real_now(), not by the default, which is the wall clock. */
void real_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static bool wait_until(pthread_cond_t *condition, sim_ns deadline)
{
    if (deadline == SIM_FOREVER) {
        pthread_cond_wait(condition, &run.mutex);
        return true;
    }
    /* Deadlines count from the beginning of the run. */
    uint64_t at = (uint64_t)run.start.tv_nsec + deadline;
    struct timespec until = {
        .tv_sec = run.start.tv_sec + (time_t)(at / SIM_SECOND),
        .tv_nsec = (long)(at % SIM_SECOND),
    };
    return pthread_cond_timedwait(condition, &run.mutex, &until) != ETIMEDOUT;
}

bool real_cond_wait(pthread_cond_t *condition, sim_ns deadline)
{
    LAB_ASSERT(me.holds);
    /* The wait unlocks the mutex, so other threads are inside meanwhile. */
    bool inside = me.inside;
    me.holds = me.inside = false;
    bool woken = wait_until(condition, deadline);
    me.holds = true;
    me.inside = inside;
    if (run.over && !me.conducts) {
        real_park();
    }
    return woken;
}

/* ---- The run -------------------------------------------------------------*/

void real_begin(void)
{
    LAB_ASSERT(!run.over && !atomic_load(&run.running));
    clock_gettime(CLOCK_MONOTONIC, &run.start);
    real_cond_init(&run.ended);
    me.conducts = true;
    atomic_store(&run.running, true);
    real_lock(); /* before the first thread exists */
}

void real_finish(void)
{
    LAB_ASSERT(me.holds);
    run.over = true;
    pthread_cond_signal(&run.ended);
}

bool real_await_over(sim_ns deadline)
{
    LAB_ASSERT(me.conducts);
    bool woken = true;
    while (!run.over && woken) {
        woken = real_cond_wait(&run.ended, deadline);
    }
    return run.over;
}

void real_end(void)
{
    LAB_ASSERT(run.over && me.conducts);
    /* Other threads still belong to the run: each parks at its next lock. */
    atomic_store(&run.running, false);
    real_unlock(false);
    me.belongs = me.conducts = false;
}
