/* test_thread.h - a thread of a test: its step, verdict, time, random numbers.
 * Layer: tester/harness; includes base. Part of what cluster.h offers.
 *
 * A body of a test works on a handle, struct cluster. A helper thread of the
 * test has a handle of its own: the same servers, but its own step and its own
 * stream of random numbers, so what it draws does not depend on the order in
 * which threads run. */
#ifndef TESTER_HARNESS_TEST_THREAD_H
#define TESTER_HARNESS_TEST_THREAD_H

#include <stdint.h>

#include "tester/harness/test.h"

/* Record the step that this thread executes: every step passes through here,
 * and a failure names the last one. */
struct cluster *cluster_at(struct cluster *c, const char *file, int line);
#define HERE(c) cluster_at((c), __FILE__, __LINE__)

/* ---- Verdicts -----------------------------------------------------------*/

/* Fail the test unless the fact holds: name of the rule and a sentence. */
#define REQUIRE(c, fact, rule, ...)                                            \
    ((fact) ? (void)0 : cluster_fail(HERE(c), (rule), __VA_ARGS__))

_Noreturn void cluster_fail(struct cluster *c, const char *rule,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Report something worth knowing, which fails nothing. */
void note(struct cluster *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- Time and random numbers --------------------------------------------*/

/* Sleep in virtual time. */
void sleep_ms(uint64_t ms);

/* Draw from 0 .. bound-1, from this thread's stream of the seed. */
uint64_t lab_random(struct cluster *c, uint64_t bound);

/* Draw the value of a command. It differs from all others of the test, almost
 * surely. */
uint64_t random_value(struct cluster *c);

/* ---- Helper threads -----------------------------------------------------*/

/* Run fn(handle, argument) on a thread of its own. The handle lives until
 * join() returns. A check that fails there ends the test, too. */
struct helper;
struct helper *spawn(struct cluster *c,
                     void (*fn)(struct cluster *c, void *argument),
                     void *argument);

/* Wait until the thread has ended, and free it. */
void join(struct helper *helper);

#endif
