/* time.c - clocks and sleeps.
 * Layer: tests. */
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/plugins/calls/calls.h"

/* 2024-01-01 00:00:00 UTC: when every run begins. */
enum { BEGIN = 1704067200 };

int __clock_gettime(clockid_t clock, struct timespec *ts);
int __gettimeofday(struct timeval *tv, void *zone);
int __nanosleep(const struct timespec *wanted, struct timespec *left);
int __poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __select(int count, fd_set *reads, fd_set *writes, fd_set *others,
             struct timeval *timeout);
int timespec_getres(struct timespec *ts, int base);

static void call_clocks(void)
{
    struct timespec a, b;
    struct timeval tv;
    time_t seconds = 0;
    CHECK(clock_gettime(CLOCK_REALTIME, &a) == 0);
    CHECK(a.tv_sec >= BEGIN && a.tv_sec < BEGIN + 60);
    CHECK(__clock_gettime(CLOCK_REALTIME, &b) == 0);
    CHECK(a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec); /* it is free */
    CHECK(clock_getres(CLOCK_REALTIME, &b) == 0 && b.tv_nsec == 1);
    CHECK(timespec_getres(&b, TIME_UTC) == TIME_UTC && b.tv_nsec == 1);
    CHECK(timespec_get(&b, TIME_UTC) == TIME_UTC);
    CHECK(a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec);
    CHECK(gettimeofday(&tv, NULL) == 0);
    CHECK(tv.tv_sec == a.tv_sec && tv.tv_usec == a.tv_nsec / 1000);
    CHECK(__gettimeofday(&tv, NULL) == 0 && tv.tv_sec == a.tv_sec);
    CHECK(time(&seconds) == a.tv_sec && seconds == a.tv_sec);
    clock_t used = clock();
    usleep(5000);
    CHECK(clock() - used >= CLOCKS_PER_SEC / 200);
}

static void call_sleeps(void)
{
    struct timespec ms = duration(MS), until;
    uint64_t start = now_ns();
    CHECK(nanosleep(&ms, NULL) == 0 && passed(start, MS));
    CHECK(__nanosleep(&ms, NULL) == 0 && passed(start, 2 * MS));
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &ms, NULL) == 0);
    CHECK(passed(start, 3 * MS));
    until = after(CLOCK_REALTIME, MS);
    CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == 0);
    CHECK(passed(start, 4 * MS));
    CHECK(usleep(1000) == 0 && passed(start, 5 * MS));
    start = now_ns();
    CHECK(sleep(2) == 0 && passed(start, 2000 * MS));
    start = now_ns();
    CHECK(poll(NULL, 0, 3) == 0 && passed(start, 3 * MS));
    CHECK(__poll(NULL, 0, 3) == 0 && passed(start, 6 * MS));
    CHECK(__poll_chk(NULL, 0, 3, 0) == 0 && passed(start, 9 * MS));
    struct timeval ms3 = {0, 3000};
    start = now_ns();
    CHECK(select(0, NULL, NULL, NULL, &ms3) == 0 && passed(start, 3 * MS));
    CHECK(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}) == -1 &&
          errno == EINVAL && passed(start, 3 * MS));
    ms3 = (struct timeval){0, 3000};
    CHECK(__select(0, NULL, NULL, NULL, &ms3) == 0 && passed(start, 6 * MS));
}

void call_time(void)
{
    call_clocks();
    call_sleeps();
}
