/* sleep.c - nanosleep and kin.
 * Layer: sim/calls. One OS thread. No signal ever interrupts a sleep, so none
 * reports a rest. */
#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "sim/advice.h"
#include "sim/calls/time.h"
#include "sim/real/libc.h"

/* A sleep of no time is a yield. */
static void sleep_until(struct deadline deadline)
{
    if (clock_passed(deadline)) {
        sched_step_aside();
        return;
    }
    sched_step();
    if (!clock_passed(deadline)) { /* not during the step */
        advice_note_wait("a sleep to end");
        bool woken = clock_wait(deadline, "a sleep to end");
        LAB_ASSERT(!woken); /* it is in no queue */
    }
}

static void sleep_for(sim_ns duration)
{
    sim_ns now = clock_now();
    /* The sum must not overflow into a time that has passed. */
    bool never = duration > SIM_FOREVER - now;
    sleep_until(never ? CLOCK_NEVER : (struct deadline){now + duration, false});
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    if (!sched.active) {
        return REAL(nanosleep)(wanted, left);
    }
    if (!timespec_valid(wanted) || wanted->tv_sec < 0) {
        errno = EINVAL;
        return -1;
    }
    sleep_for(timespec_ns(wanted));
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted,
                    struct timespec *left)
{
    if (!sched.active) {
        return REAL(clock_nanosleep)(clock, flags, wanted, left);
    }
    struct deadline deadline;
    int error = clock_deadline(clock, wanted, &deadline);
    if (error) {
        return error;
    }
    if (flags & TIMER_ABSTIME) {
        sleep_until(deadline);
    } else if (wanted->tv_sec < 0) {
        return EINVAL;
    } else {
        sleep_for(timespec_ns(wanted));
    }
    return 0;
}

int usleep(useconds_t duration)
{
    if (!sched.active) {
        return REAL(usleep)(duration);
    }
    sleep_for(duration * SIM_US);
    return 0;
}

unsigned sleep(unsigned seconds)
{
    if (!sched.active) {
        return REAL(sleep)(seconds);
    }
    sleep_for(seconds * SIM_SECOND);
    return 0;
}

/* poll() and select() without descriptors are ways to sleep; with descriptors
 * they would wait for something outside of the simulation. */
static void refuse_descriptors(const char *name, bool descriptors)
{
    if (descriptors) {
        sim_fail(SIM_MISUSE,
                 "thread %s calls %s() with descriptors, which cannot be "
                 "simulated: servers communicate by labrpc only",
                 sim_thread_name(), name);
    }
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    if (!sched.active) {
        return REAL(poll)(fds, count, timeout_ms);
    }
    refuse_descriptors("poll", count > 0);
    sleep_for(timeout_ms < 0 ? SIM_FOREVER : (uint64_t)timeout_ms * SIM_MS);
    return 0;
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    (void)room;
    return poll(fds, count, timeout_ms);
}

int select(int count, fd_set *restrict reads, fd_set *restrict writes,
           fd_set *restrict others, struct timeval *restrict timeout)
{
    if (!sched.active) {
        return REAL(select)(count, reads, writes, others, timeout);
    }
    refuse_descriptors("select", count > 0);
    sim_ns duration = SIM_FOREVER;
    if (timeout) {
        struct timespec ts = {timeout->tv_sec, timeout->tv_usec * 1000};
        if (timeout->tv_sec < 0 || !timespec_valid(&ts)) {
            errno = EINVAL;
            return -1;
        }
        duration = timespec_ns(&ts);
    }
    sleep_for(duration);
    return 0;
}
