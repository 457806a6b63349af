/* test_control.c - what a test can do to servers: step their clocks and stop
 * them at stop points; and that the trace shows all of it. Layer: tests. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "sim/node.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

/* ---- Steps of the wall clock ---------------------------------------------*/

static pthread_mutex_t held;
static pthread_rwlock_t held_rw;
static pthread_cond_t nobody, nobody_monotonic;
static sem_t empty;
static mtx_t own_mtx, held_mtx;
static cnd_t nobody_cnd;
static pthread_t sleeper;

static struct timespec in_seconds(clockid_t clock, int seconds)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_sec += seconds;
    return until;
}

static int cond_until(pthread_cond_t *cond, clockid_t clock)
{
    pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER;
    struct timespec until = in_seconds(clock, 10);
    int error = 0;
    pthread_mutex_lock(&mine);
    while (error == 0) { /* spurious wake-ups end it, too */
        error = pthread_cond_timedwait(cond, &mine, &until);
    }
    pthread_mutex_unlock(&mine);
    return error;
}

static int cnd_until(void)
{
    struct timespec until = in_seconds(CLOCK_REALTIME, 10);
    int answer = thrd_success;
    mtx_lock(&own_mtx);
    while (answer == thrd_success) {
        answer = cnd_timedwait(&nobody_cnd, &own_mtx, &until);
    }
    mtx_unlock(&own_mtx);
    return answer;
}

/* Each waits until 10 s on the wall clock; nothing wakes it before. */
enum wait_by_wall_clock {
    SLEEP,
    COND,
    SEMAPHORE,
    MUTEX,
    READ_LOCK,
    WRITE_LOCK,
    JOIN,
    MTX,
    CND,
    WAITS_BY_WALL_CLOCK,
};

/* True if the wait timed out. */
static bool wait_by_wall_clock(enum wait_by_wall_clock kind)
{
    struct timespec until = in_seconds(CLOCK_REALTIME, 10);
    switch (kind) {
    case SLEEP:
        return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) ==
               0;
    case COND:
        return cond_until(&nobody, CLOCK_REALTIME) == ETIMEDOUT;
    case SEMAPHORE:
        return sem_timedwait(&empty, &until) == -1 && errno == ETIMEDOUT;
    case MUTEX:
        return pthread_mutex_timedlock(&held, &until) == ETIMEDOUT;
    case READ_LOCK:
        return pthread_rwlock_timedrdlock(&held_rw, &until) == ETIMEDOUT;
    case WRITE_LOCK:
        return pthread_rwlock_timedwrlock(&held_rw, &until) == ETIMEDOUT;
    case JOIN:
        return pthread_timedjoin_np(sleeper, NULL, &until) == ETIMEDOUT;
    case MTX:
        return mtx_timedlock(&held_mtx, &until) == thrd_timedout;
    default:
        return cnd_until() == thrd_timedout;
    }
}

/* And each of these waits for 10 s in another way. */
enum { STEADY_WAITS = 5 };

static void wait_steadily(int kind)
{
    struct timespec until = in_seconds(CLOCK_MONOTONIC, 10);
    struct timespec ten_s = {.tv_sec = 10};
    switch (kind) {
    case 0:
        sleep(10);
        break;
    case 1: /* by that clock, but for a span of time */
        clock_nanosleep(CLOCK_REALTIME, 0, &ten_s, NULL);
        break;
    case 2:
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        break;
    case 3:
        cond_until(&nobody_monotonic, CLOCK_MONOTONIC);
        break;
    default:
        sem_clockwait(&empty, CLOCK_MONOTONIC, &until);
        break;
    }
}

static sim_ns ended_at[WAITS_BY_WALL_CLOCK + STEADY_WAITS];

static void *one_wait(void *number)
{
    int kind = (int)(intptr_t)number;
    if (kind >= WAITS_BY_WALL_CLOCK) {
        wait_steadily(kind - WAITS_BY_WALL_CLOCK);
    } else if (!wait_by_wall_clock((enum wait_by_wall_clock)kind)) {
        sim_fail(SIM_FAILED, "wait %d did not time out", kind);
    }
    ended_at[kind] = sim_now();
    return NULL;
}

static void *sleep_long(void *unused)
{
    sleep(1000);
    return unused;
}

static void prepare_waits(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&nobody, NULL);
    pthread_cond_init(&nobody_monotonic, &monotonic);
    pthread_mutex_init(&held, NULL);
    pthread_rwlock_init(&held_rw, NULL);
    sem_init(&empty, 0, 0);
    mtx_init(&own_mtx, mtx_plain);
    mtx_init(&held_mtx, mtx_timed);
    cnd_init(&nobody_cnd);
    pthread_create(&sleeper, NULL, sleep_long, NULL);
}

static void hold_and_wait(void *unused)
{
    (void)unused;
    prepare_waits();
    pthread_mutex_lock(&held);
    pthread_rwlock_wrlock(&held_rw);
    mtx_lock(&held_mtx);
    for (intptr_t i = 0; i < WAITS_BY_WALL_CLOCK + STEADY_WAITS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, one_wait, (void *)i);
    }
    sleep(1000);
}

/* A step at 2 s of local time, and the times (in s of virtual time) at which
 * waits until 10 s on the wall clock end, and the other waits. */
struct step {
    int64_t by_s;
    uint32_t rate; /* of the server's clock */
    uint64_t wall_ends_s, steady_ends_s;
};

static void step_and_look(void *argument)
{
    const struct step *step = argument;
    struct sim_node *node = sim_node_new("server", 0);
    memset(ended_at, 0, sizeof(ended_at));
    sim_node_set_clock(node, step->rate, 2);
    sim_node_boot(node);
    sim_node_spawn(node, "waits", hold_and_wait, NULL);
    sim_sleep(2 * SIM_SECOND * 2 / step->rate);
    sim_node_step_clock(node, step->by_s * (int64_t)SIM_SECOND);
    sim_sleep(100 * SIM_SECOND);
    for (int i = 0; i < WAITS_BY_WALL_CLOCK + STEADY_WAITS; i++) {
        bool wall = i < WAITS_BY_WALL_CLOCK;
        sim_ns due =
            SIM_SECOND * (wall ? step->wall_ends_s : step->steady_ends_s);
        if (ended_at[i] < due - 50 * SIM_MS ||
            ended_at[i] > due + 50 * SIM_MS) {
            sim_fail(SIM_FAILED, "step of %d s: wait %d ended at %.3f s",
                     (int)step->by_s, i, (double)ended_at[i] / 1e9);
        }
    }
    sim_node_free(node);
}

/* POSIX, clock_settime: the new value decides when absolute waits by
 * CLOCK_REALTIME end; relative waits are not affected. */
START_TEST(a_step_of_the_wall_clock_moves_waits_until_its_times)
{
    static const struct step steps[] = {
        {.rate = 2, .by_s = 0, .wall_ends_s = 10, .steady_ends_s = 10},
        {.rate = 2, .by_s = 3, .wall_ends_s = 7, .steady_ends_s = 10},
        {.rate = 2, .by_s = 3600, .wall_ends_s = 2, .steady_ends_s = 10},
        {.rate = 2, .by_s = -5, .wall_ends_s = 15, .steady_ends_s = 10},
        {.rate = 1, .by_s = 3, .wall_ends_s = 14, .steady_ends_s = 20},
        {.rate = 1, .by_s = -5, .wall_ends_s = 30, .steady_ends_s = 20},
    };
    for (uint64_t seed = 1; seed <= 40; seed++) { /* some wake spuriously */
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            struct step step = steps[i];
            sim_ok(seed, SIM_RANDOM, step_and_look, &step);
        }
    }
}
END_TEST

/* ---- Stop points ---------------------------------------------------------*/

static int passes_made, stops;

static void pass_often(void *count)
{
    for (int i = 0; i < *(int *)count; i++) {
        sim_pass_stop_point(SIM_AFTER_SAVE);
        passes_made++;
        usleep(1000);
    }
}

static void crash_stopped(void *node)
{
    stops++;
    sim_node_crash(node);
}

static void pass_on(struct sim_node *node, int count)
{
    if (!sim_node_up(node)) {
        sim_node_boot(node);
    }
    sim_node_call(node, "passes", pass_often, &count);
}

static void points_over_crashes(void *unused)
{
    (void)unused;
    struct sim_node *node = sim_node_new("server", 0);
    passes_made = stops = 0;
    sim_node_stop_at(node, SIM_AFTER_SAVE, 5, crash_stopped, node);
    pass_on(node, 3);
    sim_node_crash(node);
    ck_assert_uint_eq(sim_node_passed(node, SIM_AFTER_SAVE), 3);
    pass_on(node, 10); /* the fifth in all is the second of this generation */
    ck_assert(!sim_node_up(node));
    ck_assert_int_eq(passes_made, 4);
    ck_assert_int_eq(stops, 1);
    pass_on(node, 10); /* the request is used up; the count goes on */
    ck_assert_uint_eq(sim_node_passed(node, SIM_AFTER_SAVE), 15);
    ck_assert_uint_eq(sim_node_passed(node, SIM_BEFORE_SAVE), 0);
    sim_node_crash(node);
    sim_node_stop_at(node, SIM_AFTER_SAVE, 2, crash_stopped, node);
    ck_assert_uint_eq(sim_node_passed(node, SIM_AFTER_SAVE), 0);
    pass_on(node, 10); /* requested while the server was down */
    ck_assert(!sim_node_up(node));
    ck_assert_int_eq(stops, 2);
    sim_node_stop_at(node, SIM_AFTER_SAVE, 1, crash_stopped, node);
    sim_node_stop_at(node, SIM_AFTER_SAVE, 0, NULL, NULL);
    pass_on(node, 10);
    ck_assert_int_eq(stops, 2);
    sim_node_free(node);
}

START_TEST(stop_points_are_counted_over_crashes)
{
    sim_ok(1, SIM_RANDOM, points_over_crashes, NULL);
}
END_TEST

/* ---- In the trace --------------------------------------------------------*/

static void set_clock(struct sim_node *node)
{
    sim_node_set_clock(node, 1, 3);
}

static void step_back(struct sim_node *node)
{
    sim_node_step_clock(node, -2000);
}

static void stop_at(struct sim_node *node)
{
    sim_node_stop_at(node, SIM_BEFORE_SEND, 7, NULL, NULL);
}

static void copy_random(struct sim_node *node)
{
    struct sim_node *other = sim_node_new("server", 6);
    sim_node_copy_random(node, other);
    sim_node_free(other);
}

static void nothing(struct sim_node *node)
{
    (void)node;
}

static const struct control {
    void (*call)(struct sim_node *node);
    const char *event;
} controls[] = {
    {nothing, ""},
    {set_clock, "\"kind\":\"clock\",\"node\":5,\"numerator\":1,"
                "\"denominator\":3}"},
    {step_back, "\"kind\":\"step clock\",\"node\":5,\"by\":2000,\"back\":1}"},
    {stop_at, "\"kind\":\"stop at\",\"node\":5,\"point\":2,\"nth\":7}"},
    {copy_random, "\"kind\":\"copy random\",\"node\":5,\"other\":6}"},
};
enum { CONTROLS = sizeof(controls) / sizeof(controls[0]) };

static void control(void *which)
{
    struct sim_node *node = sim_node_new("server", 5);
    ((const struct control *)which)->call(node);
    sim_node_free(node);
}

static uint64_t traced(const struct control *one, char *text, size_t room)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    struct sim_options options = {.seed = 1, .trace_fd = fileno(file)};
    struct sim_result result;
    sim_run(&options, control, (void *)one, &result);
    ck_assert_int_eq(result.end, SIM_DONE);
    rewind(file);
    text[fread(text, 1, room - 1, file)] = '\0';
    fclose(file);
    return result.hash;
}

START_TEST(what_a_test_does_to_servers_is_in_trace_and_hash)
{
    uint64_t hashes[CONTROLS];
    for (size_t i = 0; i < CONTROLS; i++) {
        char text[4096];
        hashes[i] = traced(&controls[i], text, sizeof(text));
        ck_assert_msg(strstr(text, controls[i].event) != NULL, "%s", text);
        for (size_t k = 0; k < i; k++) {
            ck_assert_uint_ne(hashes[i], hashes[k]);
        }
    }
}
END_TEST

SUITE(sim_control)
{
    Suite *suite = suite_create("sim_control");
    TCase *tc = tcase_create("control");
    tcase_add_test(tc, a_step_of_the_wall_clock_moves_waits_until_its_times);
    tcase_add_test(tc, stop_points_are_counted_over_crashes);
    tcase_add_test(tc, what_a_test_does_to_servers_is_in_trace_and_hash);
    suite_add_tcase(suite, tc);
    return suite;
}
