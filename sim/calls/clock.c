/* clock.c - reading clocks and sleeping.
 * Layer: sim. Reading is free and no scheduling point: compilers may merge or
 * move such calls. Sleeping is a step. */
#include "sim/calls/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/assert.h"
#include "sim/node_internal.h"
#include "sim/real/libc.h"
#include "sim/real/mode.h"
#include "sim/stack.h"

/* A fixed date, 2024-01-01 00:00:00 UTC; other clocks count from a start of
 * the machine one hour before. */
#define REALTIME_START (UINT64_C(1704067200) * SIM_SECOND)
#define UPTIME_START   (3600 * SIM_SECOND)

/* What the wall clock shows at local time 0, had it always been set as now. */
static sim_ns wall_start(const struct sim_node *node)
{
    return REALTIME_START + (uint64_t)(node ? node->clock.offset : 0);
}

static bool is_wall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
           clock == CLOCK_TAI;
}

/* What a clock shows at virtual time 0. Returns 0, or EINVAL. */
static int clock_start(clockid_t clock, sim_ns *start)
{
    if (is_wall(clock)) {
        *start = wall_start(sched.current->node);
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

static bool timespec_ok(const struct timespec *ts)
{
    return ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000;
}

/* Saturating: far future is never. */
static sim_ns timespec_ns(const struct timespec *ts)
{
    if (ts->tv_sec < 0) {
        return 0;
    }
    if ((uint64_t)ts->tv_sec > UINT64_C(9000000000)) {
        return SIM_FOREVER;
    }
    return (uint64_t)ts->tv_sec * SIM_SECOND + (uint64_t)ts->tv_nsec;
}

static sim_ns since(sim_ns at, sim_ns start)
{
    return at == SIM_FOREVER ? at : at > start ? at - start : 0;
}

int clock_deadline(clockid_t clock, const struct timespec *until,
                   struct deadline *deadline)
{
    sim_ns start;
    if (clock_start(clock, &start) != 0 || !timespec_ok(until)) {
        return EINVAL;
    }
    sim_ns at = timespec_ns(until);
    bool wall = is_wall(clock);
    *deadline = (struct deadline){wall ? at : since(at, start), wall};
    return 0;
}

static sim_ns local_of(const struct sim_node *node, struct deadline deadline)
{
    return deadline.wall ? since(deadline.at, wall_start(node)) : deadline.at;
}

sim_ns clock_local(struct deadline deadline)
{
    return local_of(sched.current->node, deadline);
}

/* ---- Servers' own clocks -------------------------------------------------*/

__extension__ typedef unsigned __int128 wide;

static sim_ns local_time(const struct sim_node *node)
{
    if (!node || !node->clock.set) {
        return sched.now;
    }
    const struct node_clock *clock = &node->clock;
    wide passed = (wide)(sched.now - clock->set_at) * clock->numerator;
    return clock->local_then + (sim_ns)(passed / clock->denominator);
}

/* When a local time will have come; rounded up, so that it has. */
static sim_ns virtual_time(const struct sim_node *node, sim_ns local)
{
    if (!node || !node->clock.set || local == SIM_FOREVER) {
        return local;
    }
    const struct node_clock *clock = &node->clock;
    if (local <= clock->local_then) {
        return clock->set_at;
    }
    if (clock->numerator == 0) {
        return SIM_FOREVER;
    }
    wide ahead = (wide)(local - clock->local_then) * clock->denominator;
    wide at = clock->set_at + (ahead + clock->numerator - 1) / clock->numerator;
    return at < SIM_FOREVER ? (sim_ns)at : SIM_FOREVER;
}

sim_ns clock_now(void)
{
    return local_time(sched.current->node);
}

bool clock_passed(struct deadline deadline)
{
    return clock_local(deadline) <= clock_now();
}

/* Of struct thread. */
enum { BY_NO_CLOCK, BY_LOCAL_TIME, BY_WALL_CLOCK };

bool clock_wait(struct deadline deadline, const char *what)
{
    struct thread *me = sched.current;
    me->deadline = deadline.at;
    me->waits_by = deadline.at == SIM_FOREVER ? BY_NO_CLOCK
                   : deadline.wall            ? BY_WALL_CLOCK
                                              : BY_LOCAL_TIME;
    sim_ns local = local_of(me->node, deadline);
    bool woken = sched_wait(virtual_time(me->node, local), what);
    me->waits_by = BY_NO_CLOCK;
    return woken;
}

/* A clock was set: waits under way by this one or a later one of the list end
 * when they now should. */
static void move_deadlines(struct sim_node *node, int first)
{
    for (struct thread *t = node->threads; t; t = t->node_next) {
        if (t->state == THREAD_WAITING && t->waits_by >= first) {
            struct deadline deadline = {t->deadline,
                                        t->waits_by == BY_WALL_CLOCK};
            sched_set_deadline(t, virtual_time(node, local_of(node, deadline)));
        }
    }
}

/* Signed values travel as their distance from 0 and a sign. */
static const struct sim_event_kind event_clock = {
    "clock", {"node", "numerator", "denominator"}};
static const struct sim_event_kind event_step_clock = {"step clock",
                                                       {"node", "by", "back"}};

void sim_node_set_clock(struct sim_node *node, uint32_t numerator,
                        uint32_t denominator)
{
    real_refuse("setting a server's clock");
    LAB_ASSERT(denominator > 0);
    sim_event(&event_clock, (uint64_t)node->index, numerator, denominator, 0);
    node->clock = (struct node_clock){
        .set = true,
        .numerator = numerator,
        .denominator = denominator,
        .set_at = sched.now,
        .local_then = local_time(node),
        .offset = node->clock.offset,
    };
    move_deadlines(node, BY_LOCAL_TIME);
}

void sim_node_step_clock(struct sim_node *node, int64_t by)
{
    real_refuse("setting a server's clock");
    uint64_t distance = by < 0 ? -(uint64_t)by : (uint64_t)by;
    sim_event(&event_step_clock, (uint64_t)node->index, distance, by < 0, 0);
    node->clock.offset += by;
    move_deadlines(node, BY_WALL_CLOCK);
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

/* ---- Sleeping ------------------------------------------------------------*/

static void sleep_until(struct deadline deadline)
{
    if (clock_passed(deadline)) {
        sched_step_aside();
        return;
    }
    sched_step();
    if (!clock_passed(deadline)) {
        stack_note_wait("a sleep to end");
        clock_wait(deadline, "a sleep to end");
    }
}

static void sleep_for(sim_ns duration)
{
    sim_ns now = clock_now();
    bool never = duration > SIM_FOREVER - now;
    sleep_until(never ? CLOCK_NEVER : (struct deadline){now + duration, false});
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    if (!sched.active) {
        return REAL(nanosleep)(wanted, left);
    }
    if (!timespec_ok(wanted) || wanted->tv_sec < 0) {
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

/* poll and select without descriptors are ways to sleep; with descriptors
 * they would wait for the outside world. */
static void only_to_sleep(const char *name, bool descriptors)
{
    if (descriptors) {
        sim_fail(SIM_MISUSE,
                 "%s() on descriptors cannot be simulated (without any it "
                 "is a sleep)",
                 name);
    }
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    if (!sched.active) {
        return REAL(poll)(fds, count, timeout_ms);
    }
    only_to_sleep("poll", count > 0);
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
    only_to_sleep("select", count > 0);
    sim_ns duration = SIM_FOREVER;
    if (timeout) {
        struct timespec ts = {timeout->tv_sec, timeout->tv_usec * 1000};
        if (timeout->tv_sec < 0 || !timespec_ok(&ts)) {
            errno = EINVAL;
            return -1;
        }
        duration = timespec_ns(&ts);
    }
    sleep_for(duration);
    return 0;
}
