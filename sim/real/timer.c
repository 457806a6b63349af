/* timer.c - the thread that fires timers in a real run.
 * Layer: sim; real runs. The timers themselves are those of sim/timer.c, whose
 * state the mutex of the run guards. */
#include "sim/real/timer.h"

#include "sim/real/libc.h"
#include "sim/real/lock.h"
#include "sim/timer.h"

#include "base/assert.h"

static pthread_cond_t changed;

/* Fire timers for ever, holding the mutex except while waiting for the next
 * one. The thread has no server: what a timer starts belongs to the tester. */
static void *fire(void *unused)
{
    (void)unused;
    real_lock(); /* parks here if the run is over already */
    real_enter();
    /* real_cond_wait() parks the thread when the run is over. */
    for (;;) {
        LAB_ASSERT(real_inside());
        sched.now = real_now();
        timers_fire();
        real_cond_wait(&changed, sched.timer_next);
    }
    return NULL;
}

void real_timers_start(void)
{
    pthread_t thread;
    LAB_ASSERT(real_holds());
    real_cond_init(&changed);
    sched.timer_next = SIM_FOREVER;
    int error = REAL(pthread_create)(&thread, NULL, fire, NULL);
    LAB_ASSERT(error == 0);
    pthread_detach(thread);
}

void real_timer_set(void)
{
    LAB_ASSERT(real_holds());
    pthread_cond_signal(&changed);
}
