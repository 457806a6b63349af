/* calls.h - a plug-in that calls every simulated name of sim/calls.def once,
 * and looks at what it does to virtual time and to others.
 * Layer: tests; built eight times, by two compilers at -O0, -O2, fortified
 * and with exceptions (Makefile), loaded by tests/unit/sim/test_calls.c. Not a
 * Raft: sees libc only. */
#ifndef TESTS_PLUGINS_CALLS_CALLS_H
#define TESTS_PLUGINS_CALLS_CALLS_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS 1000000ull

/* Write down a fact that does not hold, and go on. */
#define CHECK(fact) ((fact) ? (void)0 : calls_failed(__FILE__, __LINE__, #fact))
void calls_failed(const char *file, int line, const char *fact);

/* By the monotonic clock. */
uint64_t now_ns(void);

/* Has this much time passed since then, and hardly more? A scheduling point
 * costs 1 us. */
bool passed(uint64_t since_ns, uint64_t duration_ns);

/* The time of a clock after a duration. */
struct timespec after(clockid_t clock, uint64_t duration_ns);
struct timespec duration(uint64_t duration_ns);

/* A thread that runs fn(argument) with plain pthreads; to be joined. */
pthread_t started(void *(*fn)(void *), void *argument);
void joined(pthread_t thread);

/* Call fn() with a handler pushed. */
void with_handler(void (*handler)(void *), void *argument, void (*fn)(void));

void call_threads(void);
void call_keys(void);
void call_cleanup(void);
void call_mutexes(void);
void call_conds(void);
void call_rwlocks(void);
void call_semaphores(void);
void call_spins(void);
void call_barriers(void);
void call_c11(void);
void call_time(void);
void call_random(void);
void call_memory(void);
void call_process(void);
void call_files(void);

#endif
