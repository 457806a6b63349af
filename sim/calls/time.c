/* time.c - reading clocks: clock_gettime and kin.
 * Layer: sim/calls. One OS thread. Reading is free and no scheduling point,
 * because compilers may merge or move such calls. */
#include "sim/calls/time.h"

#include <errno.h>
#include <sys/time.h>

#include "base/assert.h"
#include "sim/real/libc.h"

/* Clocks other than the wall clock count from a start of the machine one hour
 * before the run. */
#define UPTIME_START (3600 * SIM_SECOND)

static bool is_wall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
           clock == CLOCK_TAI;
}

/* Find what a clock shows at local time 0. Returns 0, or EINVAL if it does not
 * exist. CPU time passes like local time: a server has one processor. */
static int clock_start(clockid_t clock, sim_ns *start)
{
    if (is_wall(clock)) {
        *start = clock_wall_start(sched.current->node);
        return 0;
    }
    switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        *start = UPTIME_START;
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
        *start = 0;
        return 0;
    default:
        return EINVAL;
    }
}

bool timespec_valid(const struct timespec *ts)
{
    return ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000;
}

sim_ns timespec_ns(const struct timespec *ts)
{
    LAB_ASSERT(timespec_valid(ts));
    if (ts->tv_sec < 0) {
        return 0;
    }
    if ((uint64_t)ts->tv_sec > UINT64_C(9000000000)) {
        return SIM_FOREVER;
    }
    return (uint64_t)ts->tv_sec * SIM_SECOND + (uint64_t)ts->tv_nsec;
}

int clock_deadline(clockid_t clock, const struct timespec *until,
                   struct deadline *deadline)
{
    sim_ns start;
    if (clock_start(clock, &start) != 0 || !timespec_valid(until)) {
        return EINVAL;
    }
    sim_ns at = timespec_ns(until);
    bool wall = is_wall(clock);
    *deadline = (struct deadline){wall ? at : clock_since(at, start), wall};
    return 0;
}

/* ---- Reading -------------------------------------------------------------*/

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    if (!sched.active) {
        return REAL(clock_gettime)(clock, ts);
    }
    sim_ns start;
    if (clock_start(clock, &start) != 0) {
        errno = EINVAL;
        return -1;
    }
    sim_ns now = start + clock_now();
    LAB_ASSERT(now >= start); /* no overflow in 584 years */
    ts->tv_sec = (time_t)(now / SIM_SECOND);
    ts->tv_nsec = (long)(now % SIM_SECOND);
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *ts)
{
    if (!sched.active) {
        return REAL(clock_getres)(clock, ts);
    }
    sim_ns start;
    if (clock_start(clock, &start) != 0) {
        errno = EINVAL;
        return -1;
    }
    if (ts) {
        *ts = (struct timespec){0, 1};
    }
    return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    if (!sched.active) {
        return REAL(gettimeofday)(tv, zone);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    tv->tv_sec = now.tv_sec;
    tv->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    if (!sched.active) {
        return REAL(time)(out);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

clock_t clock(void)
{
    if (!sched.active) {
        return REAL(clock)();
    }
    return (clock_t)(clock_now() / SIM_US * (CLOCKS_PER_SEC / 1000000));
}

int timespec_get(struct timespec *ts, int base)
{
    if (!sched.active) {
        return REAL(timespec_get)(ts, base);
    }
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, ts) == 0 ? base
                                                                      : 0;
}

int timespec_getres(struct timespec *ts, int base)
{
    if (!sched.active) {
        return REAL(timespec_getres)(ts, base);
    }
    return base == TIME_UTC && clock_getres(CLOCK_REALTIME, ts) == 0 ? base : 0;
}
