/* litmus.h - two threads that share something: the frame of the small programs
 * in this folder. What is shared lies in `s`, fresh for each run.
 * Layer: tests; for one file of each shared object. */
#ifndef TESTS_PLUGINS_RACE_LITMUS_H
#define TESTS_PLUGINS_RACE_LITMUS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/plugins/race/race.h"

#define ROUNDS 20

struct wide {
    uint64_t words[16];
};

static struct {
    int data;
    _Alignas(8) char bytes[8];
    volatile int volatile_flag;
    bool plain_flag;
    struct wide wide, other_wide;
    char *block;
    atomic_int flag, other;
    atomic_uint_fast64_t count;
    pthread_mutex_t mu, mu2;
    pthread_cond_t changed;
    pthread_rwlock_t rw;
    pthread_spinlock_t spin;
    pthread_barrier_t barrier;
    pthread_once_t once;
    sem_t sem;
} s;

/* Reads go here, so that they are not left out. */
static volatile int sink;

static void *one_part(void *part)
{
    void (*run)(void);
    memcpy(&run, part, sizeof(run));
    run();
    return NULL;
}

static void reset(void)
{
    memset(&s, 0, sizeof(s));
    pthread_mutex_init(&s.mu, NULL);
    pthread_mutex_init(&s.mu2, NULL);
    pthread_cond_init(&s.changed, NULL);
    pthread_rwlock_init(&s.rw, NULL);
    pthread_spin_init(&s.spin, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&s.barrier, NULL, 2);
    sem_init(&s.sem, 0, 0);
    s.block = malloc(64);
    memset(s.block, 0, 64);
}

/* All at once, each by a thread: so what the starter did is before all. */
static void at_once(void (*parts[])(void), int count)
{
    pthread_t threads[4];
    reset();
    for (int i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, one_part, &parts[i]);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* A scenario of two to four parts. */
#define PARTS(name, ...)                                                       \
    static void name(void)                                                     \
    {                                                                          \
        void (*parts[])(void) = {__VA_ARGS__};                                 \
        at_once(parts, (int)(sizeof(parts) / sizeof(parts[0])));               \
    }

/* Rows of the list. */
/* clang-format off */
#define FINE(name)  {#name, name, false}
#define RACES(name) {#name, name, true}
/* clang-format on */

#endif
