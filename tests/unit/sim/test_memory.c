/* test_memory.c - stacks and fresh memory: the limit on threads, and the byte
 * that fills memory which no code has written yet. Layer: tests. */
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#include "sim/fiber.h"
#include "sim/node.h"
#include "sim/sanitizer.h"
#include "tests/support/sim_helper.h"
#include "tests/support/suites.h"

/* ---- Many threads --------------------------------------------------------*/

/* The sanitizer needs more memory for each thread. */
#ifndef SIM_ADDRESS_SANITIZER

static sem_t gate;

static void *passes_gate(void *argument)
{
    sem_wait(&gate);
    return argument;
}

/* This number of threads besides the first, all waiting at the same time. */
static void many(void *count)
{
    static pthread_t threads[FIBER_STACKS_MAX];
    int wanted = *(int *)count;
    sem_init(&gate, 0, 0);
    for (int i = 0; i < wanted; i++) {
        pthread_create(&threads[i], NULL, passes_gate, NULL);
    }
    for (int i = 0; i < wanted; i++) {
        sem_post(&gate);
    }
    for (int i = 0; i < wanted; i++) {
        pthread_join(threads[i], NULL);
    }
}

START_TEST(thirty_thousand_threads_and_not_one_more)
{
    int count = 29999;
    uint64_t hash = sim_ok(1, SIM_FIFO, many, &count);
    ck_assert_uint_eq(sim_ok(1, SIM_FIFO, many, &count), hash);
    count++;
    sim_ends(SIM_MEMORY, "more than 30000 threads at once", many, &count);
}
END_TEST

#endif

/* ---- Fresh memory --------------------------------------------------------*/

enum { FILL = 0xb7, BYTES = 1000 };

/* How many of the bytes from `from` on hold FILL. */
static int filled(const volatile unsigned char *block, int from)
{
    int count = 0;
    for (int i = from; i < BYTES; i++) {
        count += block[i] == FILL;
    }
    return count;
}

static struct {
    int fresh, reused, grown, zeroed, aligned, stack;
} seen;

static void looks_at_blocks(void *unused)
{
    (void)unused;
    volatile unsigned char *block = malloc(BYTES);
    seen.fresh = filled(block, 0);
    memset((void *)block, 1, BYTES);
    free((void *)block);
    block = malloc(BYTES);
    seen.reused = filled(block, 0);
    free((void *)block);
    block = calloc(BYTES, 1);
    seen.zeroed = filled(block, 0);
    free((void *)block);
    void *start = malloc(10);
    memset(start, 1, malloc_usable_size(start));
    size_t former = malloc_usable_size(start);
    block = realloc(start, BYTES);
    seen.grown = filled(block, (int)former) - (BYTES - (int)former);
    free((void *)block);
    block = aligned_alloc(64, 1024);
    seen.aligned = filled(block, 0);
    free((void *)block);
}

static void *looks_at_stack(void *argument)
{
    volatile unsigned char block[BYTES];
    volatile unsigned char *volatile hidden = block;
    seen.stack = filled(hidden, 0);
    memset((void *)hidden, 1, BYTES);
    return argument;
}

static void looks(void *unused)
{
    struct sim_node *node = sim_node_new("server", 0);
    sim_node_boot(node);
    sim_node_call(node, "looks", looks_at_blocks, unused);
    sim_node_free(node);
    for (int i = 0; i < 3; i++) { /* later on a stack that was used before */
        pthread_t thread;
        pthread_create(&thread, NULL, looks_at_stack, NULL);
        pthread_join(thread, NULL);
    }
}

static void run_filled(uint8_t fill)
{
    static struct sim_result result;
    struct sim_options options = {.seed = 1, .fill = fill};
    sim_run(&options, looks, NULL, &result);
    ck_assert_int_eq(result.end, SIM_DONE);
}

/* --verify relies on it: code that depends on fresh memory depends on the fill.
 */
START_TEST(fresh_memory_holds_the_fill)
{
    run_filled(FILL);
    ck_assert_int_eq(seen.fresh, BYTES);
    ck_assert_int_eq(seen.reused, BYTES);
    ck_assert_int_eq(seen.grown, 0);
    ck_assert_int_eq(seen.aligned, BYTES);
    ck_assert_int_eq(seen.zeroed, 0);
    ck_assert_int_ge(seen.stack, BYTES * 9 / 10);
    run_filled(0);
    ck_assert_int_lt(seen.stack, BYTES / 2);
}
END_TEST

SUITE(sim_memory)
{
    Suite *suite = suite_create("sim_memory");
    TCase *tc = tcase_create("memory");
#ifndef SIM_ADDRESS_SANITIZER
    tcase_add_test(tc, thirty_thousand_threads_and_not_one_more);
#endif
    tcase_add_test(tc, fresh_memory_holds_the_fill);
    suite_add_tcase(suite, tc);
    return suite;
}
