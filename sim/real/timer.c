/* timer.c - the thread that fires timers in real runs.
 * Layer: sim. The timers themselves are those of timer.c. */
#include "sim/timer.h"
#include "sim/real/libc.h"
#include "sim/real/mode.h"

#include "base/assert.h"

static pthread_cond_t changed;

/* Fires while it holds the mutex, and belongs to nobody: what timers start is
 * the tester's. */
static void *fire(void *unused)
{
    (void)unused;
    real_hold(); /* or stay here, if the run is over by now */
    real_enter();
    for (;;) {
        sched.now = real_now();
        timers_fire();
        real_pause(&changed, sched.timer_next);
    }
    return NULL;
}

void real_timers_start(void)
{
    pthread_t thread;
    real_condition_init(&changed);
    sched.timer_next = SIM_FOREVER;
    int error = REAL(pthread_create)(&thread, NULL, fire, NULL);
    LAB_ASSERT(error == 0);
    pthread_detach(thread);
}

void real_timer_set(void)
{
    pthread_cond_signal(&changed);
}
