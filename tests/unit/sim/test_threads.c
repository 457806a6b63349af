/* test_threads.c - simulated threads: creating, joining, ending, keys.
 * Layer: tests. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static void *number(void *argument)
{
    return (void *)((uintptr_t)argument + 1);
}

static void joins(void *unused)
{
    (void)unused;
    pthread_t threads[50];
    for (uintptr_t i = 0; i < 50; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, number, (void *)i),
                         0);
    }
    for (uintptr_t i = 0; i < 50; i++) {
        void *result;
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_uint_eq((uintptr_t)result, i + 1);
    }
    /* The old handle is recognized although its record is used again. */
    pthread_t later;
    pthread_create(&later, NULL, number, NULL);
    ck_assert_int_eq(pthread_join(threads[0], NULL), ESRCH);
    ck_assert_int_eq(pthread_join(later, NULL), 0);
    ck_assert_int_eq(pthread_join(pthread_self(), NULL), EDEADLK);
}

START_TEST(join_gives_the_result_once)
{
    sim_ok(1, SIM_RANDOM, joins, NULL);
    sim_ok(1, SIM_FIFO, joins, NULL);
}
END_TEST

static void *sleeper(void *argument)
{
    usleep(*(useconds_t *)argument);
    return NULL;
}

static void timed_joins(void *unused)
{
    (void)unused;
    useconds_t wait = 5000;
    pthread_t thread;
    pthread_create(&thread, NULL, sleeper, &wait);
    ck_assert_int_eq(pthread_tryjoin_np(thread, NULL), EBUSY);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 1000000;
    ck_assert_int_eq(pthread_timedjoin_np(thread, NULL, &until), ETIMEDOUT);
    until.tv_sec++;
    ck_assert_int_eq(pthread_timedjoin_np(thread, NULL, &until), 0);

    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attr, sleeper, &wait);
    ck_assert_int_eq(pthread_join(thread, NULL), EINVAL);
    usleep(10000);
    ck_assert_int_eq(pthread_detach(thread), ESRCH);
    pthread_attr_destroy(&attr);
}

START_TEST(timed_and_tried_joins)
{
    sim_ok(1, SIM_RANDOM, timed_joins, NULL);
}
END_TEST

static int handlers;

static void handler(void *weight)
{
    handlers = handlers * 10 + (int)(uintptr_t)weight;
}

static void *exits(void *unused)
{
    (void)unused;
    pthread_cleanup_push(handler, (void *)(uintptr_t)2);
    pthread_cleanup_push(handler, (void *)(uintptr_t)1);
    sched_yield();
    pthread_exit((void *)(uintptr_t)7);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *pushes(void *unused)
{
    (void)unused;
    for (volatile int i = 0; i < 100; i++) {
        pthread_cleanup_push(handler, (void *)(uintptr_t)9);
        sched_yield();
        pthread_cleanup_pop(0);
    }
    return NULL;
}

static void cleanups(void *unused)
{
    (void)unused;
    pthread_t a, b;
    void *result;
    handlers = 0;
    pthread_create(&a, NULL, pushes, NULL);
    pthread_create(&b, NULL, exits, NULL);
    pthread_join(b, &result);
    pthread_join(a, NULL);
    ck_assert_uint_eq((uintptr_t)result, 7);
    ck_assert_int_eq(handlers, 12); /* innermost first, only its own */
}

START_TEST(exit_runs_the_threads_own_cleanup_handlers)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_ok(seed, SIM_RANDOM, cleanups, NULL);
    }
}
END_TEST

static pthread_key_t key;
static int destroyed;

static void destroy(void *value)
{
    destroyed += *(int *)value;
}

static void *with_key(void *value)
{
    ck_assert_ptr_null(pthread_getspecific(key));
    pthread_setspecific(key, value);
    sched_yield();
    ck_assert_ptr_eq(pthread_getspecific(key), value);
    errno = *(int *)value;
    usleep(10);
    ck_assert_int_eq(errno, *(int *)value);
    return NULL;
}

static void keys(void *unused)
{
    (void)unused;
    int weights[3] = {1, 10, 100};
    pthread_t threads[3];
    destroyed = 0;
    ck_assert_int_eq(pthread_key_create(&key, destroy), 0);
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, with_key, &weights[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(destroyed, 111);
    ck_assert_int_eq(pthread_key_delete(key), 0);
    ck_assert_int_eq(pthread_setspecific(key, &key), EINVAL);
    pthread_key_t next;
    pthread_key_create(&next, NULL);
    ck_assert_ptr_null(pthread_getspecific(next));
}

START_TEST(keys_and_errno_are_per_thread)
{
    sim_ok(3, SIM_RANDOM, keys, NULL);
}
END_TEST

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int times;

static void init(void)
{
    usleep(100);
    times++;
}

static void *use_once(void *unused)
{
    pthread_once(&once, init);
    ck_assert_int_eq(times, 1);
    return unused;
}

static void onces(void *unused)
{
    (void)unused;
    pthread_t threads[5];
    once = PTHREAD_ONCE_INIT;
    times = 0;
    for (int i = 0; i < 5; i++) {
        pthread_create(&threads[i], NULL, use_once, NULL);
    }
    for (int i = 0; i < 5; i++) {
        pthread_join(threads[i], NULL);
    }
}

START_TEST(once_means_once)
{
    sim_ok(1, SIM_RANDOM, onces, NULL);
}
END_TEST

/* Many at once, and stacks deep enough for a pthread. */
static void *deep(void *unused)
{
    char large[1 << 20];
    memset(large, 1, sizeof(large));
    sched_yield();
    ck_assert_int_eq(large[12345], 1);
    return unused;
}

static void many(void *unused)
{
    (void)unused;
    pthread_t threads[200];
    for (int i = 0; i < 200; i++) {
        pthread_create(&threads[i], NULL, deep, NULL);
    }
    for (int i = 0; i < 200; i++) {
        pthread_join(threads[i], NULL);
    }
}

START_TEST(two_hundred_threads_with_a_megabyte_each)
{
    sim_ok(1, SIM_FIFO, many, NULL);
}
END_TEST

/* Different seeds give both orders of two steps, and every busy thread gets its
 * turns. */
static int order[2], place;

static void *mark(void *which)
{
    for (int i = 0; i < 200; i++) {
        sched_yield();
    }
    order[place++] = (int)(uintptr_t)which;
    return NULL;
}

static void race(void *first)
{
    pthread_t a, b;
    place = 0;
    pthread_create(&a, NULL, mark, (void *)(uintptr_t)0);
    pthread_create(&b, NULL, mark, (void *)(uintptr_t)1);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    *(int *)first = order[0];
}

START_TEST(seeds_decide_the_order_and_no_thread_starves)
{
    int won[2] = {0, 0};
    for (uint64_t seed = 0; seed < 200; seed++) {
        int first;
        struct sim_result *result = sim_of(seed, SIM_RANDOM, race, &first);
        ck_assert_int_eq(result->end, SIM_DONE);
        ck_assert_uint_lt(result->now, 3000000);
        won[first]++;
        uint64_t hash = result->hash;
        ck_assert_uint_eq(hash, sim_ok(seed, SIM_RANDOM, race, &first));
    }
    ck_assert_int_gt(won[0], 50);
    ck_assert_int_gt(won[1], 50);
}
END_TEST

SUITE(sim_threads)
{
    Suite *suite = suite_create("sim_threads");
    TCase *tc = tcase_create("threads");
    tcase_add_test(tc, join_gives_the_result_once);
    tcase_add_test(tc, timed_and_tried_joins);
    tcase_add_test(tc, exit_runs_the_threads_own_cleanup_handlers);
    tcase_add_test(tc, keys_and_errno_are_per_thread);
    tcase_add_test(tc, once_means_once);
    tcase_add_test(tc, two_hundred_threads_with_a_megabyte_each);
    tcase_add_test(tc, seeds_decide_the_order_and_no_thread_starves);
    suite_add_tcase(suite, tc);
    return suite;
}
