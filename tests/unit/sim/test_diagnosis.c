/* test_diagnosis.c - what a failed run reports about its threads and locks.
 * Layer: tests. tests/e2e/diagnosis.sh checks places in plug-ins. */
#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "sim/node.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

static void lock_destroyed(void *unused)
{
    pthread_mutex_t mutex;
    (void)unused;
    pthread_mutex_init(&mutex, NULL);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_destroy(&mutex);
    pthread_mutex_lock(&mutex);
}

static void wait_on_destroyed(void *unused)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    (void)unused;
    pthread_mutex_lock(&mutex);
    pthread_cond_destroy(&cond);
    pthread_cond_wait(&cond, &mutex);
}

static void lock_copy(void *unused)
{
    pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, other;
    (void)unused;
    pthread_mutex_lock(&one);
    pthread_mutex_unlock(&one);
    memcpy(&other, &one, sizeof(one));
    pthread_mutex_lock(&other);
}

/* A copy of an object in use, and one that was destroyed. */
static pthread_rwlock_t rwlock, rwlock_copy;
static sem_t sem, sem_copy;
static pthread_barrier_t barrier, barrier_copy;

static void lock_rwlock_copy(void *unused)
{
    (void)unused;
    pthread_rwlock_rdlock(&rwlock);
    memcpy(&rwlock_copy, &rwlock, sizeof(rwlock));
    pthread_rwlock_wrlock(&rwlock_copy); /* unchecked, it would wait for ever */
}

static void lock_destroyed_rwlock(void *unused)
{
    (void)unused;
    pthread_rwlock_init(&rwlock, NULL);
    pthread_rwlock_destroy(&rwlock);
    pthread_rwlock_tryrdlock(&rwlock);
}

static void post_sem_copy(void *unused)
{
    (void)unused;
    sem_init(&sem, 0, 1);
    memcpy(&sem_copy, &sem, sizeof(sem));
    sem_post(&sem_copy);
}

static void wait_for_destroyed_sem(void *unused)
{
    (void)unused;
    sem_init(&sem, 0, 1);
    sem_destroy(&sem);
    sem_wait(&sem);
}

static void *wait_for_sem(void *unused)
{
    sem_wait(&sem);
    return unused;
}

static void destroy_awaited_sem(void *unused)
{
    pthread_t thread;
    (void)unused;
    sem_init(&sem, 0, 0);
    pthread_create(&thread, NULL, wait_for_sem, NULL);
    sim_sleep(SIM_MS);
    sem_destroy(&sem);
}

static void wait_at_barrier_copy(void *unused)
{
    (void)unused;
    pthread_barrier_init(&barrier, NULL, 1);
    memcpy(&barrier_copy, &barrier, sizeof(barrier));
    pthread_barrier_wait(&barrier_copy);
}

static void wait_at_destroyed_barrier(void *unused)
{
    (void)unused;
    pthread_barrier_init(&barrier, NULL, 1);
    pthread_barrier_destroy(&barrier);
    pthread_barrier_wait(&barrier);
}

START_TEST(copies_and_destroyed_locks_of_other_kinds_are_reported)
{
    sim_ends(SIM_MISUSE, "locks a read-write lock that is a copy of another",
             lock_rwlock_copy, NULL);
    sim_ends(SIM_MISUSE, "locks a read-write lock that was destroyed",
             lock_destroyed_rwlock, NULL);
    sim_ends(SIM_MISUSE, "posts a semaphore that is a copy of another",
             post_sem_copy, NULL);
    sim_ends(SIM_MISUSE, "waits for a semaphore that was destroyed",
             wait_for_destroyed_sem, NULL);
    sim_ends(SIM_MISUSE, "destroys a semaphore on which threads wait",
             destroy_awaited_sem, NULL);
    sim_ends(SIM_MISUSE, "waits at a barrier that is a copy of another",
             wait_at_barrier_copy, NULL);
    sim_ends(SIM_MISUSE, "waits at a barrier that was destroyed",
             wait_at_destroyed_barrier, NULL);
}
END_TEST

/* The state of a mutex lies inside the caller's object. */
START_TEST(copies_and_destroyed_mutexes_are_reported)
{
    sim_ends(SIM_MISUSE, "locks a mutex that was destroyed", lock_destroyed,
             NULL);
    sim_ends(SIM_MISUSE, "waits on a condition variable that was destroyed",
             wait_on_destroyed, NULL);
    sim_ends(SIM_MISUSE, "locks a mutex that is a copy of another", lock_copy,
             NULL);
}
END_TEST

/* All zero is a mutex, and so is one that was initialized again. */
static void use_again(void *unused)
{
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    (void)unused;
    for (int i = 0; i < 3; i++) {
        pthread_mutex_init(&mutex, NULL);
        pthread_cond_init(&cond, NULL);
        pthread_mutex_lock(&mutex);
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&mutex);
        pthread_mutex_destroy(&mutex);
        pthread_cond_destroy(&cond);
    }
    memset(&mutex, 0, sizeof(mutex));
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void use_others_again(void *unused)
{
    pthread_rwlock_t other = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
    (void)unused;
    for (int i = 0; i < 3; i++) {
        pthread_rwlock_init(&rwlock, NULL);
        sem_init(&sem, 0, 0);
        pthread_barrier_init(&barrier, NULL, 1);
        pthread_rwlock_wrlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
        sem_post(&sem);
        pthread_barrier_wait(&barrier);
        pthread_rwlock_destroy(&rwlock);
        sem_destroy(&sem);
        pthread_barrier_destroy(&barrier);
    }
    memset(&rwlock, 0, sizeof(rwlock));
    memset(&sem, 0, sizeof(sem));
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_rdlock(&other);
    sem_post(&sem);
}

START_TEST(objects_can_be_initialized_again)
{
    sim_ends(SIM_DONE, "", use_again, NULL);
    sim_ends(SIM_DONE, "", use_others_again, NULL);
}
END_TEST

static void *hold_and_wait(void *mutex)
{
    pthread_mutex_lock(mutex);
    nanosleep(&(struct timespec){.tv_sec = 1000}, NULL);
    return NULL;
}

static void hold_somewhere(void *unused)
{
    pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    (void)unused;
    pthread_create(&thread, NULL, hold_and_wait, &one);
    sim_sleep(SIM_SECOND);
    sim_fail(SIM_FAILED, "enough");
}

START_TEST(every_thread_has_a_stack)
{
    struct sim_result *result = sim_of(1, SIM_RANDOM, hold_somewhere, NULL);
    ck_assert_uint_eq(result->stack_count, 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_gt(result->stacks[i].frame_count, 2);
        ck_assert_uint_eq(result->stacks[i].frames[0].file, SIM_PROGRAM_FILE);
    }
    /* The thread where the run ended comes first. */
    ck_assert_int_eq(strncmp(result->threads, "tester is running\n", 18), 0);
    ck_assert_uint_eq(result->stacks[0].held_count, 0);
    ck_assert_uint_eq(result->stacks[1].held_count, 1);
    ck_assert_uint_eq(result->stacks[1].held.file, SIM_PROGRAM_FILE);
}
END_TEST

/* Not inlined: one place, however the compiler unrolls the loop around it. */
__attribute__((noinline)) static void sleep_once(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    pthread_mutex_unlock(mutex);
}

static void sleep_with_mutex(void *mutex)
{
    for (int i = 0; i < 5; i++) {
        sleep_once(mutex);
    }
}

static void on_a_server(void *unused)
{
    static pthread_mutex_t mutex;
    struct sim_node *node = sim_node_new("server", 4);
    (void)unused;
    sleep_with_mutex(&mutex); /* the tester may: no note */
    sim_node_boot(node);
    sim_node_call(node, "sleeper", sleep_with_mutex, &mutex);
    sim_node_free(node);
}

START_TEST(waiting_with_a_mutex_is_noted_once)
{
    struct sim_result *result = sim_of(1, SIM_RANDOM, on_a_server, NULL);
    ck_assert_int_eq(result->end, SIM_DONE);
    ck_assert_uint_eq(result->advice_count, 1);
    ck_assert_str_eq(result->advice[0].thread, "server4/sleeper");
    ck_assert_str_eq(result->advice[0].what, "a sleep to end");
    ck_assert_uint_eq(result->advice[0].stack.held_count, 1);
}
END_TEST

SUITE(sim_diagnosis)
{
    Suite *suite = suite_create("sim_diagnosis");
    TCase *locks = tcase_create("locks");
    tcase_add_test(locks, copies_and_destroyed_mutexes_are_reported);
    tcase_add_test(locks,
                   copies_and_destroyed_locks_of_other_kinds_are_reported);
    tcase_add_test(locks, objects_can_be_initialized_again);
    suite_add_tcase(suite, locks);
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, every_thread_has_a_stack);
    tcase_add_test(threads, waiting_with_a_mutex_is_noted_once);
    suite_add_tcase(suite, threads);
    return suite;
}
