/* test_real.c - runs on real threads and in real time (sim_options.real).
 * Layer: tests. Times are compared with lower bounds only. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/real_helper.h"
#include "tests/support/suites.h"

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* ---- Time ----------------------------------------------------------------*/

static void note_time(void *at)
{
    *(sim_ns *)at = sim_now();
}

static void time_passes(void *unused)
{
    (void)unused;
    sim_ns fired[3] = {0, 0, 0};
    ck_assert(sim_active());
    ck_assert(sim_is_real());
    sim_ns before = sim_now();
    sim_after(20 * SIM_MS, note_time, &fired[1]);
    sim_after(10 * SIM_MS, note_time, &fired[0]);
    uint64_t last = sim_after(3600 * SIM_SECOND, note_time, &fired[2]);
    ck_assert(sim_cancel(last));
    ck_assert(!sim_cancel(last));
    sim_sleep(40 * SIM_MS);
    ck_assert_uint_ge(sim_now() - before, 40 * SIM_MS);
    while (fired[1] == 0) {
        sim_sleep(SIM_MS);
    }
    ck_assert_uint_ge(fired[0] - before, 10 * SIM_MS);
    ck_assert_uint_ge(fired[1], fired[0]);
    ck_assert_uint_eq(fired[2], 0);
}

START_TEST(sleeps_and_timers_take_real_time)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    run_ok(time_passes);
    clock_gettime(CLOCK_MONOTONIC, &to);
    int64_t ms = (int64_t)(to.tv_sec - from.tv_sec) * 1000 +
                 (to.tv_nsec - from.tv_nsec) / 1000000;
    ck_assert_int_ge(ms, 39);
    ck_assert_uint_eq(result.hash, 0);
    ck_assert(!sim_active());
    ck_assert_uint_eq(sim_now(), 0);
}
END_TEST

static void sleep_long(void *unused)
{
    (void)unused;
    for (;;) {
        sim_sleep(SIM_SECOND);
    }
}

/* A second, so that a busy machine has the tester sleeping when it is over. */
START_TEST(the_time_limit_is_real)
{
    run_ends(SIM_TIMEOUT, "time limit", sleep_long, SIM_SECOND);
    ck_assert(strstr(result.threads, "tester waits for a sleep to end"));
}
END_TEST

/* ---- Deadlocks -----------------------------------------------------------*/

static void *lock_for_good(void *mutex)
{
    pthread_mutex_lock(mutex);
    return NULL;
}

static void join_for_good(void *unused)
{
    (void)unused;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, lock_for_good, &mutex);
    pthread_join(thread, NULL);
}

static void call_for_good(void *unused)
{
    (void)unused;
    sim_node_call(node_up(0), "raft_make", join_for_good, NULL);
}

#ifndef __SANITIZE_THREAD__ /* it has a thread of its own, which never waits   \
                             */
START_TEST(the_run_ends_when_no_thread_can_go_on)
{
    run_ends(SIM_DEADLOCK, "every thread waits", call_for_good,
             3600 * SIM_SECOND);
    ck_assert(strstr(result.threads, "tester waits for a call on a server"));
}
END_TEST
#endif

static void give_up_later(void *unused)
{
    (void)unused;
    sim_fail(SIM_FAILED, "the timer has fired");
}

static void wait_for_timer(void *unused)
{
    sim_after(3 * SIM_SECOND, give_up_later, NULL);
    call_for_good(unused);
}

START_TEST(a_timer_can_go_on)
{
    run_ends(SIM_FAILED, "the timer has fired", wait_for_timer, 0);
}
END_TEST

static void *sleep_and_give_up(void *unused)
{
    for (int i = 0; i < 30; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    give_up_later(unused);
    return NULL;
}

static void wait_for_sleeper(void *unused)
{
    (void)unused;
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_and_give_up, NULL);
    pthread_join(thread, NULL);
}

static void call_sleeper(void *unused)
{
    (void)unused;
    sim_node_call(node_up(0), "raft_make", wait_for_sleeper, NULL);
}

START_TEST(a_sleeping_thread_can_go_on)
{
    run_ends(SIM_FAILED, "has fired", call_sleeper, 0);
}
END_TEST

/* ---- The tester's threads run one at a time ------------------------------*/

static struct {
    uint64_t count;
    int ended;
} shared;

static void count_up(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++) {
        uint64_t count = shared.count;
        if (i % 100 == 0) {
            nap(); /* not a wait of the framework: no other thread runs */
        }
        shared.count = count + 1;
        if (i % 10 == 0) {
            sim_yield();
        }
    }
    shared.ended++;
}

static void four_testers(void *unused)
{
    (void)unused;
    for (int i = 0; i < 4; i++) {
        sim_spawn("counter", count_up, NULL);
    }
    while (shared.ended < 4) {
        sim_sleep(SIM_MS);
    }
    ck_assert_uint_eq(shared.count, 4000);
}

START_TEST(threads_of_the_tester_run_one_at_a_time)
{
    run_ok(four_testers);
}
END_TEST

/* ---- Servers -------------------------------------------------------------*/

static void *find_server(void *found)
{
    *(int *)found = sim_server();
    return NULL;
}

static void *start_another(void *found)
{
    pthread_t thread;
    pthread_create(&thread, NULL, find_server, found);
    pthread_join(thread, NULL);
    return NULL;
}

static void start_threads(void *found)
{
    pthread_t thread;
    ((int *)found)[0] = sim_server();
    pthread_create(&thread, NULL, start_another, (int *)found + 1);
    pthread_join(thread, NULL);
}

static void threads_of_servers(void *unused)
{
    (void)unused;
    int found[2] = {-2, -2};
    struct sim_node *node = sim_node_new("server", 3);
    ck_assert(!sim_node_call(node, "start", start_threads, found));
    sim_node_boot(node);
    ck_assert_int_eq(sim_server(), -1);
    ck_assert(sim_node_call(node, "start", start_threads, found));
    ck_assert_int_eq(found[0], 3);
    ck_assert_int_eq(found[1], 3);
    sim_node_crash(node);
    ck_assert(!sim_node_up(node));
    ck_assert_uint_eq(sim_node_threads(node), 0);
    sim_node_boot(node);
    ck_assert_uint_eq(sim_node_generation(node), 2);
    sim_node_free(node);
}

START_TEST(threads_belong_to_the_server_that_started_them)
{
    run_ok(threads_of_servers);
}
END_TEST

static void sleep_once(void *unused)
{
    (void)unused;
    sim_sleep(3600 * SIM_SECOND);
}

static void count_end(void *count)
{
    sim_enter(&(struct sim_mutex){0});
    ++*(int *)count;
    sim_leave(&(struct sim_mutex){0});
}

static void server_ends(void *unused)
{
    (void)unused;
    int count = 0;
    struct sim_node *node = node_up(0);
    for (int i = 0; i < 3; i++) {
        sim_node_spawn(node, "sleeper", sleep_once, NULL);
    }
    sim_sleep(5 * SIM_MS);
    ck_assert_uint_eq(sim_node_threads(node), 3);
    sim_node_end(node, "end", count_end, &count);
    ck_assert_int_eq(count, 1);
    ck_assert(!sim_node_up(node));
    ck_assert_uint_eq(sim_node_threads(node), 0);
    sim_node_free(node);
}

START_TEST(a_server_ends_its_sleeps_and_then_itself)
{
    run_ok(server_ends);
}
END_TEST

static void wait_for_the_end(void *told)
{
    while (!atomic_load((atomic_bool *)told)) {
        usleep(1000);
    }
}

static void tell_the_end(void *told)
{
    atomic_store((atomic_bool *)told, true);
}

static void server_with_waiter_ends(void *unused)
{
    (void)unused;
    atomic_bool told = false;
    struct sim_node *node = node_up(0);
    sim_node_spawn(node, "handler", wait_for_the_end, &told);
    sim_node_end(node, "end", tell_the_end, &told);
    ck_assert(!sim_node_up(node));
    ck_assert(atomic_load(&told));
    sim_node_free(node);
}

/* A handler of a service may wait for an entry that a partitioned leader never
 * commits: the server is asked to end while the handler waits. */
START_TEST(a_server_is_asked_to_end_while_a_handler_waits)
{
    run_ok(server_with_waiter_ends);
}
END_TEST

static void *give_up(void *unused)
{
    (void)unused;
    sim_fail(SIM_FAILED, "what a server says");
}

static void fail_on_server(void *unused)
{
    pthread_t thread;
    (void)unused;
    pthread_create(&thread, NULL, give_up, NULL);
    pthread_join(thread, NULL);
}

static void server_fails(void *unused)
{
    (void)unused;
    struct sim_node *node = node_up(2);
    sim_node_call(node, "raft_start", fail_on_server, NULL);
}

START_TEST(any_thread_can_end_the_run)
{
    run_ends(SIM_FAILED, "what a server says", server_fails, 0);
    ck_assert_int_eq(result.server, 2);
    ck_assert_str_eq(result.thread, "server2/thread"); /* not in a plug-in */
    ck_assert(strstr(result.threads, "tester waits for a call on a server"));
    ck_assert(strstr(result.threads, "server2/raft_start runs, or waits"));
}
END_TEST

#ifndef __SANITIZE_THREAD__
static void call_exit(void *unused)
{
    (void)unused;
    exit(0);
}

static void server_exits(void *unused)
{
    (void)unused;
    sim_node_call(node_up(1), "raft_make", call_exit, NULL);
}

START_TEST(a_server_that_calls_exit_fails_its_run)
{
    run_ends(SIM_EXITED, "server 1 called exit(0)", server_exits, 0);
}
END_TEST
#endif

/* ---- Waiting -------------------------------------------------------------*/

static struct {
    struct sim_mutex mutex;
    struct sim_queue queue;
    int tokens, taken;
} box;

static void take_tokens(void *unused)
{
    (void)unused;
    for (int i = 0; i < 500; i++) {
        sim_enter(&box.mutex);
        while (box.tokens == 0) {
            sim_wait(&box.mutex, &box.queue, SIM_FOREVER, "a token");
        }
        box.tokens--;
        box.taken++;
        sim_leave(&box.mutex);
    }
}

static void waiting(void *unused)
{
    (void)unused;
    struct sim_queue nobody = {0, 0};
    sim_enter(&box.mutex);
    sim_ns deadline = sim_now() + 5 * SIM_MS;
    ck_assert(!sim_wait(&box.mutex, &nobody, deadline, "nothing"));
    ck_assert_uint_ge(sim_now(), deadline);
    ck_assert(sim_queue_empty(&nobody));
    sim_leave(&box.mutex);

    struct sim_node *node = node_up(0);
    for (int i = 0; i < 4; i++) {
        sim_node_spawn(node, "taker", take_tokens, NULL);
    }
    for (int i = 0; i < 2000; i++) {
        sim_enter(&box.mutex);
        box.tokens++;
        sim_wake_one(&box.queue);
        sim_leave(&box.mutex);
        if (i % 50 == 0) {
            sim_yield();
        }
    }
    sim_node_free(node); /* when its threads have ended */
    ck_assert_int_eq(box.taken, 2000);
}

START_TEST(queues_wake_and_deadlines_come)
{
    run_ok(waiting);
}
END_TEST

SUITE(sim_real)
{
    Suite *suite = suite_create("sim_real");
    TCase *tc = tcase_create("real");
    tcase_add_test(tc, sleeps_and_timers_take_real_time);
    tcase_add_test(tc, the_time_limit_is_real);
#ifndef __SANITIZE_THREAD__
    tcase_add_test(tc, the_run_ends_when_no_thread_can_go_on);
#endif
    tcase_add_test(tc, a_timer_can_go_on);
    tcase_add_test(tc, a_sleeping_thread_can_go_on);
    tcase_add_test(tc, threads_of_the_tester_run_one_at_a_time);
    tcase_add_test(tc, threads_belong_to_the_server_that_started_them);
    tcase_add_test(tc, a_server_ends_its_sleeps_and_then_itself);
    tcase_add_test(tc, a_server_is_asked_to_end_while_a_handler_waits);
    tcase_add_test(tc, any_thread_can_end_the_run);
#ifndef __SANITIZE_THREAD__
    tcase_add_test(tc, a_server_that_calls_exit_fails_its_run);
#endif
    tcase_add_test(tc, queues_wake_and_deadlines_come);
    suite_add_tcase(suite, tc);
    return suite;
}
