/* bench_sim.c - costs of the runtime: switches, steps, locks, sleeps.
 * Layer: tests. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/fiber.h"
#include "sim/sim.h"
#include "sim/switch.h"
#include "tests/bench/bench.h"

/* Enough for clocks of CPU time that tick every 4 ms. */
enum { ROUNDS = 5000000 };

double bench_calibration(void)
{
    uint64_t before = bench_cpu_ns();
    volatile uint64_t seed = 1; /* or the loop is computed by the compiler */
    uint64_t x = seed;
    for (int i = 0; i < 10 * ROUNDS; i++) {
        x = random_mix(x);
    }
    seed = x;
    return (double)(bench_cpu_ns() - before) / (10.0 * ROUNDS);
}

static void *outside_sp, *fiber_sp;

static void back_and_forth(void *argument)
{
    (void)argument;
    for (;;) {
        fiber_switch(&fiber_sp, outside_sp);
    }
}

double bench_switch(void)
{
    void *stack = fiber_stack_take();
    fiber_sp = fiber_prepare(stack, back_and_forth, NULL);
    uint64_t before = bench_cpu_ns();
    for (int i = 0; i < 4 * ROUNDS; i++) {
        fiber_switch(&outside_sp, fiber_sp);
    }
    uint64_t spent = bench_cpu_ns() - before;
    fiber_stack_give(stack, fiber_sp);
    return (double)spent / (2 * 4.0 * ROUNDS);
}

/* CPU of a run, per operation. */
static double run(enum sim_policy policy, void (*body)(void *), double rounds)
{
    struct sim_options options = {.seed = 1, .policy = policy};
    struct sim_result *result = calloc(1, sizeof(*result));
    LAB_ASSERT(result != NULL);
    uint64_t before = bench_cpu_ns();
    sim_run(&options, body, NULL, result);
    double spent = (double)(bench_cpu_ns() - before);
    if (result->end != SIM_DONE) {
        fprintf(stderr, "benchmark: %s\n", result->what);
        exit(1);
    }
    free(result);
    return spent / rounds;
}

static void yield_often(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        sim_yield();
    }
}

/* In turn, so that every step is a switch. */
static void two_threads(void *argument)
{
    sim_spawn("other", yield_often, NULL);
    yield_often(argument);
}

double bench_step(void)
{
    return run(SIM_FIFO, two_threads, 2.0 * ROUNDS);
}

static void lock_often(void *argument)
{
    (void)argument;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_destroy(&mutex);
}

double bench_lock(void)
{
    return run(SIM_RANDOM, lock_often, ROUNDS);
}

static void sleep_often(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

double bench_sleep(void)
{
    return run(SIM_RANDOM, sleep_often, ROUNDS);
}
