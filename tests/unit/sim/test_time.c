/* test_time.c - virtual time, timers, randomness.
 * Layer: tests. */
#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static uint64_t monotonic(void)
{
    struct timespec ts;
    ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Sleeps last exactly as long as asked for, plus 1 us for the call. */
static void sleeps(void *unused)
{
    (void)unused;
    uint64_t t0 = monotonic();
    sleep(2);
    usleep(500);
    nanosleep(&(struct timespec){1, 250000000}, NULL);
    struct timespec until = {0, 0};
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 4;
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
    poll(NULL, 0, 20);
    select(0, NULL, NULL, NULL, &(struct timeval){0, 7000});
    uint64_t took = monotonic() - t0;
    uint64_t wanted = UINT64_C(7277500000);
    ck_assert_uint_ge(took, wanted);
    ck_assert_uint_le(took, wanted + 20000);
    ck_assert_int_eq(nanosleep(&(struct timespec){0, -1}, NULL), -1);
    ck_assert_int_eq(errno, EINVAL);
}

START_TEST(sleeps_take_virtual_time)
{
    sim_ok(1, SIM_RANDOM, sleeps, NULL);
}
END_TEST

/* All clocks show the same time; the date is fixed. */
static void clocks(void *unused)
{
    (void)unused;
    struct timespec real, also;
    struct timeval tv;
    ck_assert_int_eq(time(NULL), 1704067200);
    sleep(3600);
    clock_gettime(CLOCK_REALTIME, &real);
    gettimeofday(&tv, NULL);
    ck_assert_int_eq(timespec_get(&also, TIME_UTC), TIME_UTC);
    ck_assert_int_eq(real.tv_sec, 1704067200 + 3600);
    ck_assert_int_eq(time(NULL), real.tv_sec);
    ck_assert_int_eq(tv.tv_sec, real.tv_sec);
    ck_assert_int_eq(also.tv_nsec, real.tv_nsec);
    ck_assert_int_eq(clock_gettime(12345, &real), -1);
}

START_TEST(clocks_agree)
{
    sim_ok(1, SIM_RANDOM, clocks, NULL);
}
END_TEST

static char fired[16];

static void fire(void *letter)
{
    strncat(fired, letter, 1);
}

static void timers(void *unused)
{
    (void)unused;
    fired[0] = '\0';
    sim_after(SIM_MS, fire, "b");
    uint64_t cancelled = sim_after(SIM_MS, fire, "x");
    sim_after(SIM_MS, fire, "c");
    sim_after(0, fire, "a");
    uint64_t done = sim_after(2 * SIM_MS, fire, "d");
    ck_assert(sim_cancel(cancelled));
    ck_assert(!sim_cancel(cancelled));
    sim_sleep(3 * SIM_MS);
    ck_assert_str_eq(fired, "abcd");
    ck_assert(!sim_cancel(done));
    ck_assert(!sim_cancel(0));
}

START_TEST(timers_fire_in_order)
{
    sim_ok(1, SIM_RANDOM, timers, NULL);
}
END_TEST

/* Compare the queue of timers with sorting, with random cancellations. */
#define MANY 2000
static uint64_t last_fired;
static unsigned fired_count, fired_early;

/* No ck_assert here: it takes a lock, and timers must not wait. */
static void in_order(void *deadline)
{
    fired_early += (uintptr_t)deadline < last_fired;
    last_fired = (uintptr_t)deadline;
    fired_count++;
}

static void many_timers(void *unused)
{
    (void)unused;
    uint64_t number[MANY];
    unsigned cancelled = 0;
    last_fired = fired_count = fired_early = 0;
    for (int i = 0; i < MANY; i++) {
        uintptr_t delay = (uintptr_t)rand() % 1000000;
        number[i] = sim_after(delay, in_order, (void *)delay);
    }
    for (int i = 0; i < MANY; i += 1 + rand() % 5) {
        cancelled += sim_cancel(number[i]);
    }
    sim_sleep(SIM_SECOND);
    ck_assert_uint_gt(cancelled, MANY / 5);
    ck_assert_uint_eq(fired_early, 0);
    ck_assert_uint_eq(fired_count + cancelled, MANY);
}

START_TEST(many_timers_fire_once_and_in_order)
{
    sim_ok(5, SIM_RANDOM, many_timers, NULL);
}
END_TEST

static void limit(void *unused)
{
    (void)unused;
    sleep(100);
}

START_TEST(the_time_limit_ends_a_run)
{
    struct sim_options options = {.seed = 1, .time_limit = 10 * SIM_SECOND};
    struct sim_result result;
    sim_run(&options, limit, NULL, &result);
    ck_assert_int_eq(result.end, SIM_TIMEOUT);
}
END_TEST

static void draws(void *out)
{
    uint64_t *sum = out;
    unsigned char bytes[13];
    ck_assert_int_eq(getrandom(bytes, sizeof(bytes), 0), sizeof(bytes));
    *sum = (uint64_t)rand() + (uint64_t)random() * 3 + bytes[12];
    *sum += (uint64_t)(drand48() * 1e6) + (uint64_t)lrand48();
    srand(1);
    *sum += (uint64_t)rand();
    int first = rand();
    srand(1);
    rand();
    ck_assert_int_eq(rand(), first); /* the same seed, the same numbers */
}

START_TEST(random_numbers_come_from_the_seed)
{
    uint64_t a, b, c;
    sim_ok(1, SIM_RANDOM, draws, &a);
    sim_ok(1, SIM_RANDOM, draws, &b);
    sim_ok(2, SIM_RANDOM, draws, &c);
    ck_assert_uint_eq(a, b);
    ck_assert_uint_ne(a, c);
}
END_TEST

SUITE(sim_time)
{
    Suite *suite = suite_create("sim_time");
    TCase *tc = tcase_create("time");
    tcase_add_test(tc, sleeps_take_virtual_time);
    tcase_add_test(tc, clocks_agree);
    tcase_add_test(tc, timers_fire_in_order);
    tcase_add_test(tc, many_timers_fire_once_and_in_order);
    tcase_add_test(tc, the_time_limit_ends_a_run);
    tcase_add_test(tc, random_numbers_come_from_the_seed);
    suite_add_tcase(suite, tc);
    return suite;
}
