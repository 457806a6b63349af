/* locks.c - mutexes, condition variables, read-write locks, semaphores, spin
 * locks, barriers.
 * Layer: tests. A helper thread holds or does something for some ms. */
#include <semaphore.h>

#include "tests/plugins/calls/calls.h"

static const struct timespec ms3 = {0, 3 * MS};

/* ---- Mutexes -------------------------------------------------------------*/

static pthread_mutex_t mu;
static bool held;

static void *holds(void *argument)
{
    CHECK(pthread_mutex_lock(&mu) == 0);
    held = true;
    nanosleep(&ms3, NULL);
    held = false;
    CHECK(pthread_mutex_unlock(&mu) == 0);
    return argument;
}

static pthread_t held_by_another(void *(*fn)(void *))
{
    pthread_t thread = started(fn, NULL);
    while (!held) {
        struct timespec us = {0, 1000};
        nanosleep(&us, NULL);
    }
    return thread;
}

void call_mutexes(void)
{
    CHECK(pthread_mutex_init(&mu, NULL) == 0);
    pthread_t thread = held_by_another(holds);
    uint64_t start = now_ns();
    CHECK(pthread_mutex_trylock(&mu) == EBUSY);
    struct timespec until = after(CLOCK_REALTIME, MS);
    CHECK(pthread_mutex_timedlock(&mu, &until) == ETIMEDOUT);
    CHECK(passed(start, MS));
    until = after(CLOCK_MONOTONIC, MS);
    CHECK(pthread_mutex_clocklock(&mu, CLOCK_MONOTONIC, &until) == ETIMEDOUT);
    CHECK(passed(start, 2 * MS));
    CHECK(pthread_mutex_lock(&mu) == 0);
    CHECK(!held && now_ns() - start > 2 * MS);
    CHECK(pthread_mutex_destroy(&mu) == EBUSY);
    CHECK(pthread_mutex_unlock(&mu) == 0);
    joined(thread);
    CHECK(pthread_mutex_trylock(&mu) == 0);
    CHECK(pthread_mutex_unlock(&mu) == 0);
    CHECK(pthread_mutex_destroy(&mu) == 0);
}

/* ---- Condition variables -------------------------------------------------*/

static pthread_cond_t changed;
static int news;

static void *brings_news(void *argument)
{
    nanosleep(&ms3, NULL);
    pthread_mutex_lock(&mu);
    news++;
    CHECK((argument ? pthread_cond_broadcast : pthread_cond_signal)(&changed) ==
          0);
    pthread_mutex_unlock(&mu);
    return NULL;
}

static void *waits_for_news(void *argument)
{
    int *seen = argument;
    pthread_mutex_lock(&mu);
    int before = news;
    while (news == before) {
        CHECK(pthread_cond_wait(&changed, &mu) == 0);
    }
    *seen = news;
    pthread_mutex_unlock(&mu);
    return NULL;
}

void call_conds(void)
{
    int seen[2] = {0, 0};
    CHECK(pthread_mutex_init(&mu, NULL) == 0);
    CHECK(pthread_cond_init(&changed, NULL) == 0);
    pthread_t a = started(waits_for_news, &seen[0]);
    pthread_t b = started(waits_for_news, &seen[1]);
    joined(started(brings_news, &news)); /* to all */
    joined(a);
    joined(b);
    CHECK(seen[0] == 1 && seen[1] == 1);
    a = started(waits_for_news, &seen[0]);
    joined(started(brings_news, NULL));
    joined(a);
    CHECK(seen[0] == 2);
    pthread_mutex_lock(&mu);
    uint64_t start = now_ns();
    struct timespec until = after(CLOCK_REALTIME, 2 * MS);
    CHECK(pthread_cond_timedwait(&changed, &mu, &until) == ETIMEDOUT);
    CHECK(passed(start, 2 * MS));
    until = after(CLOCK_MONOTONIC, 2 * MS);
    CHECK(pthread_cond_clockwait(&changed, &mu, CLOCK_MONOTONIC, &until) ==
          ETIMEDOUT);
    CHECK(passed(start, 4 * MS));
    pthread_mutex_unlock(&mu);
    CHECK(pthread_cond_destroy(&changed) == 0);
    CHECK(pthread_mutex_destroy(&mu) == 0);
}

/* ---- Read-write locks ----------------------------------------------------*/

static pthread_rwlock_t rw;

static void *reads(void *argument)
{
    CHECK(pthread_rwlock_rdlock(&rw) == 0);
    held = true;
    nanosleep(&ms3, NULL);
    held = false;
    CHECK(pthread_rwlock_unlock(&rw) == 0);
    return argument;
}

static void *writes(void *argument)
{
    CHECK(pthread_rwlock_wrlock(&rw) == 0);
    held = true;
    nanosleep(&ms3, NULL);
    held = false;
    CHECK(pthread_rwlock_unlock(&rw) == 0);
    return argument;
}

void call_rwlocks(void)
{
    CHECK(pthread_rwlock_init(&rw, NULL) == 0);
    pthread_t thread = held_by_another(reads);
    uint64_t start = now_ns();
    CHECK(pthread_rwlock_tryrdlock(&rw) == 0); /* readers share it */
    CHECK(held && pthread_rwlock_unlock(&rw) == 0);
    CHECK(pthread_rwlock_trywrlock(&rw) == EBUSY);
    struct timespec until = after(CLOCK_REALTIME, MS);
    CHECK(pthread_rwlock_timedwrlock(&rw, &until) == ETIMEDOUT);
    CHECK(passed(start, MS));
    until = after(CLOCK_MONOTONIC, MS);
    CHECK(pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &until) ==
          ETIMEDOUT);
    CHECK(passed(start, 2 * MS));
    joined(thread);
    thread = held_by_another(writes);
    start = now_ns();
    CHECK(pthread_rwlock_tryrdlock(&rw) == EBUSY);
    until = after(CLOCK_REALTIME, MS);
    CHECK(pthread_rwlock_timedrdlock(&rw, &until) == ETIMEDOUT);
    CHECK(passed(start, MS));
    until = after(CLOCK_MONOTONIC, MS);
    CHECK(pthread_rwlock_clockrdlock(&rw, CLOCK_MONOTONIC, &until) ==
          ETIMEDOUT);
    CHECK(passed(start, 2 * MS));
    joined(thread);
    CHECK(pthread_rwlock_destroy(&rw) == 0);
}

/* ---- Semaphores ----------------------------------------------------------*/

static sem_t sem;

static void *posts(void *argument)
{
    nanosleep(&ms3, NULL);
    CHECK(sem_post(&sem) == 0);
    return argument;
}

void call_semaphores(void)
{
    int value = -1;
    CHECK(sem_init(&sem, 0, 1) == 0);
    CHECK(sem_trywait(&sem) == 0);
    CHECK(sem_trywait(&sem) == -1 && errno == EAGAIN);
    uint64_t start = now_ns();
    struct timespec until = after(CLOCK_REALTIME, MS);
    CHECK(sem_timedwait(&sem, &until) == -1 && errno == ETIMEDOUT);
    CHECK(passed(start, MS));
    until = after(CLOCK_MONOTONIC, MS);
    CHECK(sem_clockwait(&sem, CLOCK_MONOTONIC, &until) == -1 &&
          errno == ETIMEDOUT);
    CHECK(passed(start, 2 * MS));
    pthread_t thread = started(posts, NULL);
    start = now_ns();
    CHECK(sem_wait(&sem) == 0 && passed(start, 3 * MS));
    joined(thread);
    CHECK(sem_post(&sem) == 0);
    CHECK(sem_getvalue(&sem, &value) == 0 && value == 1);
    CHECK(sem_destroy(&sem) == 0);
}

/* ---- Spin locks, barriers ------------------------------------------------*/

static pthread_spinlock_t spin;

static void *spins(void *argument)
{
    CHECK(pthread_spin_lock(&spin) == 0);
    held = true;
    nanosleep(&ms3, NULL);
    held = false;
    CHECK(pthread_spin_unlock(&spin) == 0);
    return argument;
}

void call_spins(void)
{
    CHECK(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0);
    pthread_t thread = held_by_another(spins);
    CHECK(pthread_spin_trylock(&spin) == EBUSY);
    CHECK(pthread_spin_lock(&spin) == 0 && !held);
    CHECK(pthread_spin_unlock(&spin) == 0);
    joined(thread);
    CHECK(pthread_spin_destroy(&spin) == 0);
}

static pthread_barrier_t barrier;
static int serial;

static void *arrives(void *argument)
{
    if (argument) {
        nanosleep(&ms3, NULL);
    }
    uint64_t start = now_ns();
    int answer = pthread_barrier_wait(&barrier);
    serial += answer == PTHREAD_BARRIER_SERIAL_THREAD;
    CHECK(answer == 0 || answer == PTHREAD_BARRIER_SERIAL_THREAD);
    CHECK(argument || now_ns() - start > 2 * MS);
    return NULL;
}

void call_barriers(void)
{
    CHECK(pthread_barrier_init(&barrier, NULL, 2) == 0);
    pthread_t early = started(arrives, NULL);
    pthread_t late = started(arrives, &barrier);
    joined(early);
    joined(late);
    CHECK(serial == 1);
    CHECK(pthread_barrier_destroy(&barrier) == 0);
}
