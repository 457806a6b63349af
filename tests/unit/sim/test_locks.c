/* test_locks.c - mutexes, condition variables, read-write locks, semaphores.
 * Layer: tests. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mu2 = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cv = PTHREAD_COND_INITIALIZER;
static int inside, total;

static void spawn(pthread_t *threads, int count, void *(*fn)(void *))
{
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, fn, NULL), 0);
    }
}

static void join(pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
}

static void *critical(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mu);
        ck_assert_int_eq(inside++, 0);
        sched_yield();
        total++;
        inside--;
        pthread_mutex_unlock(&mu);
    }
    return unused;
}

static void exclusion(void *unused)
{
    (void)unused;
    pthread_t threads[4];
    total = inside = 0;
    spawn(threads, 4, critical);
    join(threads, 4);
    ck_assert_int_eq(total, 400);
}

START_TEST(a_mutex_admits_one_thread_at_a_time)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_ok(seed, SIM_RANDOM, exclusion, NULL);
    }
    sim_ok(1, SIM_FIFO, exclusion, NULL);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_ok(seed, SIM_PCT, exclusion, NULL);
    }
}
END_TEST

static void kinds(void *unused)
{
    (void)unused;
    pthread_mutexattr_t attr;
    pthread_mutex_t m;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&m, &attr);
    ck_assert_int_eq(pthread_mutex_lock(&m), 0);
    ck_assert_int_eq(pthread_mutex_lock(&m), 0);
    ck_assert_int_eq(pthread_mutex_trylock(&m), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_mutex_unlock(&m), 0);
    }
    ck_assert_int_eq(pthread_mutex_unlock(&m), EPERM);
    ck_assert_int_eq(pthread_mutex_destroy(&m), 0);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&m, &attr);
    ck_assert_int_eq(pthread_mutex_lock(&m), 0);
    ck_assert_int_eq(pthread_mutex_lock(&m), EDEADLK);
    ck_assert_int_eq(pthread_mutex_destroy(&m), EBUSY);
    ck_assert_int_eq(pthread_mutex_unlock(&m), 0);
    pthread_mutex_t r = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    pthread_mutex_lock(&r);
    ck_assert_int_eq(pthread_mutex_lock(&r), 0);
}

START_TEST(kinds_of_mutexes)
{
    sim_ok(1, SIM_RANDOM, kinds, NULL);
}
END_TEST

static void *hold(void *unused)
{
    pthread_mutex_lock(&mu);
    usleep(10000);
    pthread_mutex_unlock(&mu);
    return unused;
}

static void timed(void *unused)
{
    (void)unused;
    pthread_t thread;
    spawn(&thread, 1, hold);
    usleep(1000);
    ck_assert_int_eq(pthread_mutex_trylock(&mu), EBUSY);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 2000000;
    ck_assert_int_eq(pthread_mutex_clocklock(&mu, CLOCK_MONOTONIC, &until),
                     ETIMEDOUT);
    until.tv_nsec = 1000000000;
    ck_assert_int_eq(pthread_mutex_timedlock(&mu, &until), EINVAL);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    ck_assert_int_eq(pthread_mutex_timedlock(&mu, &until), 0);
    pthread_mutex_unlock(&mu);
    join(&thread, 1);
}

START_TEST(timed_and_tried_locks)
{
    sim_ok(1, SIM_RANDOM, timed, NULL);
}
END_TEST

/* A producer and two consumers lose no wake-up. */
static int queued;

static void *consume(void *unused)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&mu);
        while (queued == 0) {
            pthread_cond_wait(&cv, &mu);
        }
        queued--;
        total++;
        pthread_mutex_unlock(&mu);
    }
    return unused;
}

static void produce(void *unused)
{
    (void)unused;
    pthread_t threads[2];
    queued = total = 0;
    spawn(threads, 2, consume);
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mu);
        queued++;
        pthread_cond_signal(&cv);
        pthread_mutex_unlock(&mu);
    }
    join(threads, 2);
    ck_assert_int_eq(total, 100);
}

START_TEST(signals_are_not_lost)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_ok(seed, SIM_RANDOM, produce, NULL);
    }
}
END_TEST

static void cond_times_out(void *unused)
{
    (void)unused;
    pthread_condattr_t attr;
    pthread_cond_t c;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c, &attr);
    struct timespec until, after;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 3;
    pthread_mutex_lock(&mu);
    ck_assert_int_eq(pthread_cond_timedwait(&c, &mu, &until), ETIMEDOUT);
    pthread_mutex_unlock(&mu);
    clock_gettime(CLOCK_MONOTONIC, &after);
    ck_assert_int_eq(after.tv_sec, until.tv_sec);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_mutex_lock(&mu);
    ck_assert_int_eq(pthread_cond_timedwait(&cv, &mu, &until), ETIMEDOUT);
    pthread_mutex_unlock(&mu);
    ck_assert_int_eq(pthread_cond_destroy(&c), 0);
}

START_TEST(condition_variables_have_a_clock)
{
    sim_ok(1, SIM_RANDOM, cond_times_out, NULL);
}
END_TEST

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static int readers, most_readers;

static void *reader(void *unused)
{
    for (int i = 0; i < 20; i++) {
        pthread_rwlock_rdlock(&rw);
        ck_assert_int_eq(inside, 0);
        readers++;
        most_readers = readers > most_readers ? readers : most_readers;
        usleep(50);
        readers--;
        pthread_rwlock_unlock(&rw);
        usleep(100);
    }
    return unused;
}

static void *writer(void *unused)
{
    for (int i = 0; i < 20; i++) {
        pthread_rwlock_wrlock(&rw);
        ck_assert_int_eq(inside++ + readers, 0);
        ck_assert_int_eq(pthread_rwlock_tryrdlock(&rw), EBUSY);
        usleep(30);
        inside--;
        pthread_rwlock_unlock(&rw);
        usleep(100);
    }
    return unused;
}

static void read_write(void *unused)
{
    (void)unused;
    pthread_t threads[4];
    readers = inside = most_readers = 0;
    spawn(threads, 3, reader);
    spawn(threads + 3, 1, writer);
    join(threads, 4);
    ck_assert_int_gt(most_readers, 1);
}

START_TEST(readers_share_and_writers_do_not)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        sim_ok(seed, SIM_RANDOM, read_write, NULL);
    }
}
END_TEST

static sem_t sem;

static void *permit(void *unused)
{
    sem_wait(&sem);
    ck_assert_int_lt(inside++, 2);
    usleep(100);
    inside--;
    sem_post(&sem);
    return unused;
}

static void semaphores(void *unused)
{
    (void)unused;
    pthread_t threads[6];
    int value;
    inside = 0;
    sem_init(&sem, 0, 2);
    spawn(threads, 6, permit);
    join(threads, 6);
    sem_getvalue(&sem, &value);
    ck_assert_int_eq(value, 2);
    ck_assert_int_eq(sem_trywait(&sem), 0);
    ck_assert_int_eq(sem_trywait(&sem), 0);
    ck_assert_int_eq(sem_trywait(&sem), -1);
    ck_assert_int_eq(errno, EAGAIN);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    ck_assert_int_eq(sem_timedwait(&sem, &until), -1);
    ck_assert_int_eq(errno, ETIMEDOUT);
}

START_TEST(semaphores_count)
{
    sim_ok(2, SIM_RANDOM, semaphores, NULL);
}
END_TEST

/* ---- What is reported ----------------------------------------------------*/

static void *locks_12(void *unused)
{
    pthread_mutex_lock(&mu);
    usleep(1000);
    pthread_mutex_lock(&mu2);
    return unused;
}

static void inversion(void *unused)
{
    (void)unused;
    pthread_t thread;
    spawn(&thread, 1, locks_12);
    pthread_mutex_lock(&mu2);
    usleep(1000);
    pthread_mutex_lock(&mu);
}

static void relock(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mu);
    pthread_mutex_lock(&mu);
}

static void wait_for_ever(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mu);
    pthread_cond_wait(&cv, &mu);
}

static void foreign_unlock(void *unused)
{
    (void)unused;
    pthread_mutex_unlock(&mu);
}

START_TEST(deadlocks_and_misuse_are_reported)
{
    pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    sim_ends(SIM_DEADLOCK, "waits for a mutex held by", inversion, NULL);
    mu = mu2 = fresh;
    sim_ends(SIM_DEADLOCK, "thread tester locks a mutex that it holds already",
             relock, NULL);
    mu = fresh;
    sim_ends(SIM_DEADLOCK, "every thread waits", wait_for_ever, NULL);
    mu = fresh;
    sim_ends(SIM_MISUSE, "does not hold", foreign_unlock, NULL);
}
END_TEST

static void *spin(void *unused)
{
    for (;;) {
        sched_yield();
    }
    return unused;
}

static void busy(void *unused)
{
    (void)unused;
    pthread_t thread;
    spawn(&thread, 1, spin);
    pthread_setname_np(thread, "spinner");
    sleep(1000);
}

START_TEST(a_busy_thread_is_a_livelock)
{
    struct sim_options options = {.seed = 1, .step_limit = 100000};
    struct sim_result result;
    sim_run(&options, busy, NULL, &result);
    ck_assert_int_eq(result.end, SIM_LIVELOCK);
    ck_assert_ptr_nonnull(strstr(result.what, "spinner"));
}
END_TEST

SUITE(sim_locks)
{
    Suite *suite = suite_create("sim_locks");
    TCase *tc = tcase_create("locks");
    tcase_add_test(tc, a_mutex_admits_one_thread_at_a_time);
    tcase_add_test(tc, kinds_of_mutexes);
    tcase_add_test(tc, timed_and_tried_locks);
    tcase_add_test(tc, signals_are_not_lost);
    tcase_add_test(tc, condition_variables_have_a_clock);
    tcase_add_test(tc, readers_share_and_writers_do_not);
    tcase_add_test(tc, semaphores_count);
    tcase_add_test(tc, deadlocks_and_misuse_are_reported);
    tcase_add_test(tc, a_busy_thread_is_a_livelock);
    suite_add_tcase(suite, tc);
    return suite;
}
