/* test_node.c - servers: calls, crashes, heaps, wait queues.
 * Layer: tests. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/node.h"
#include "sim/sanitizer.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static void add_one(void *number)
{
    ck_assert_int_eq(sim_server(), 3);
    usleep(1000);
    (*(int *)number)++;
}

static void never_returns(void *unused)
{
    (void)unused;
    for (;;) {
        sleep(1);
    }
}

static void crash_soon(void *node)
{
    usleep(5000);
    sim_node_crash(node);
}

static void calls(void *unused)
{
    (void)unused;
    struct sim_node *node = sim_node_new("server", 3);
    int number = 1;
    ck_assert(!sim_node_call(node, "down", add_one, &number));
    sim_node_boot(node);
    ck_assert(sim_node_call(node, "add", add_one, &number));
    ck_assert_int_eq(number, 2);
    sim_spawn("crasher", crash_soon, node);
    ck_assert(!sim_node_call(node, "never", never_returns, NULL));
    ck_assert(!sim_node_up(node));
    sim_node_boot(node);
    ck_assert_uint_eq(sim_node_generation(node), 2);
    ck_assert(sim_node_call(node, "add", add_one, &number));
    ck_assert_int_eq(number, 3);
    ck_assert_uint_eq(sim_node_threads(node), 0);
    sim_node_free(node);
}

START_TEST(calls_end_by_return_or_crash)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_ok(seed, SIM_RANDOM, calls, NULL);
    }
}
END_TEST

/* A busy server: threads that hold locks, wait, allocate, print names. */
static pthread_mutex_t mu;
static pthread_cond_t cv;

static void *worker(void *unused)
{
    char *blocks[8] = {NULL};
    for (unsigned i = 0;; i++) {
        pthread_mutex_lock(&mu);
        free(blocks[i % 8]);
        blocks[i % 8] = malloc((size_t)rand() % 3000 + 1);
        if (rand() % 3 == 0) {
            pthread_cond_signal(&cv);
        } else if (rand() % 3 == 0) {
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec++;
            pthread_cond_timedwait(&cv, &mu, &until);
        }
        pthread_mutex_unlock(&mu);
        usleep((useconds_t)(rand() % 200));
    }
    return unused;
}

static void busy(void *unused)
{
    (void)unused;
    pthread_t thread;
    pthread_key_t key;
    pthread_mutex_init(&mu, NULL);
    pthread_cond_init(&cv, NULL);
    pthread_key_create(&key, free);
    pthread_setspecific(key, strdup("never freed by a destructor"));
    for (int i = 0; i < 5; i++) {
        pthread_create(&thread, NULL, worker, NULL);
    }
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
}

static size_t resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*u %lu", &pages), 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void crash_often(void *crashes)
{
    struct sim_node *node = sim_node_new("server", 0);
    size_t before = 0;
    for (int i = 0; i < *(int *)crashes; i++) {
        sim_node_boot(node);
        ck_assert(sim_node_spawn(node, "busy", busy, NULL));
        sim_sleep((sim_ns)(rand() % 3000) * SIM_US);
        sim_node_crash(node);
        if (i == *(int *)crashes / 10) {
            before = resident_kib();
        }
    }
#ifdef SIM_ADDRESS_SANITIZER
    (void)before; /* the sanitizer keeps freed blocks for a while */
#else
    ck_assert_uint_le(resident_kib(), before + 1024);
#endif
    sim_node_free(node);
}

START_TEST(crashes_at_any_point_leave_nothing_behind)
{
    int crashes = 3000;
    uint64_t hash = sim_ok(9, SIM_RANDOM, crash_often, &crashes);
    ck_assert_uint_eq(hash, sim_ok(9, SIM_RANDOM, crash_often, &crashes));
}
END_TEST

/* ---- sim_wait, sim_on_kill -----------------------------------------------*/

static struct sim_mutex guard;
static struct sim_queue queue;
static int dropped, woken;

static void drop(void *by)
{
    dropped += *(int *)by;
}

static void waiter(void *by)
{
    sim_enter(&guard);
    sim_on_kill(drop, by);
    sim_wait(&guard, &queue, SIM_FOREVER, "a wake-up");
    sim_on_kill(NULL, NULL);
    woken++;
    sim_leave(&guard);
}

static void waits(void *unused)
{
    (void)unused;
    struct sim_node *node = sim_node_new("server", 0);
    int one = 1;
    dropped = woken = 0;
    sim_node_boot(node);
    for (int i = 0; i < 3; i++) {
        sim_node_spawn(node, "waiter", waiter, &one);
    }
    sim_spawn("waiter", waiter, &one);
    sim_sleep(SIM_MS);
    sim_wake_one(&queue);
    sim_sleep(SIM_MS);
    ck_assert_int_eq(woken, 1);
    sim_node_crash(node);
    ck_assert_int_ge(dropped, 2); /* 3 if the tester's thread woke up first */
    sim_wake_all(&queue);
    sim_sleep(SIM_MS);
    ck_assert_int_eq(dropped + woken, 4);
    ck_assert(sim_queue_empty(&queue));
    sim_enter(&guard);
    bool by_somebody = sim_wait(&guard, &queue, sim_now() + SIM_MS, "nobody");
    sim_leave(&guard);
    ck_assert(!by_somebody);
    sim_node_free(node);
}

START_TEST(killed_threads_leave_queues_and_run_on_kill)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_ok(seed, SIM_RANDOM, waits, NULL);
    }
}
END_TEST

/* ---- Servers that end the run --------------------------------------------*/

static void on_server(void *fn)
{
    struct sim_node *node = sim_node_new("server", 4);
    sim_node_boot(node);
    void (*run)(void *);
    memcpy(&run, fn, sizeof(run));
    sim_node_call(node, "main", run, NULL);
}

static void calls_exit(void *unused)
{
    (void)unused;
    exit(0);
}

static void calls_abort(void *unused)
{
    (void)unused;
    abort();
}

START_TEST(exit_and_abort_are_verdicts)
{
    void (*run)(void *) = calls_exit;
    sim_ends(SIM_EXITED, "server 4 called exit(0)", on_server, &run);
    run = calls_abort;
    sim_ends(SIM_CRASHED, "server 4 called abort()", on_server, &run);
}
END_TEST

SUITE(sim_node)
{
    Suite *suite = suite_create("sim_node");
    TCase *tc = tcase_create("node");
    tcase_add_test(tc, calls_end_by_return_or_crash);
    tcase_add_test(tc, crashes_at_any_point_leave_nothing_behind);
    tcase_add_test(tc, killed_threads_leave_queues_and_run_on_kill);
    tcase_add_test(tc, exit_and_abort_are_verdicts);
    suite_add_tcase(suite, tc);
    return suite;
}
