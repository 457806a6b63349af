/* switch.c - the context switch and the pool of stacks alone, as a program
 * that other machines (or their emulator) can run.
 * Layer: tests. Links base and sim/fiber.c, switch*.c, switch_*.S only.
 *
 * Fibers that are chosen by a seeded draw keep numbers in registers, doubles
 * and recursive frames across switches. Prints a hash of what happened: the
 * same on every machine and with every kind of switch. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/fiber.h"
#include "sim/sim.h"
#include "sim/switch.h"

enum { FIBERS = 50, SWITCHES = 200000, DEPTH = 20 };

static struct worker {
    void *stack, *sp;
    uint64_t number, turns, hash;
} workers[FIBERS];

static void *outside_sp;
static struct worker *running;

/* What fiber.c calls when there are no more stacks. */
void sim_fail(enum sim_end end, const char *format, ...)
{
    va_list args;
    (void)end;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    exit(1);
}

static void leave(struct worker *me)
{
    fiber_switch(&me->sp, outside_sp);
    LAB_ASSERT(running == me);
}

/* More values than any machine has callee-saved registers, some of them
 * doubles: the switch has to keep those that lie in registers. */
static uint64_t work(struct worker *me, int depth, uint64_t x, double d)
{
    uint64_t a = random_mix(x), b = random_mix(a), c = random_mix(b);
    uint64_t e = a ^ b, f = b ^ c, g = a + c, h = e + f;
    double p = d * 0.5, q = d + 3.0, r = p - q, s = q * 1.25;
    if (depth > 0) {
        x = work(me, depth - 1, h, s);
    } else {
        leave(me);
    }
    /* Multiples of 1/8 below 2^50: exact, so the order does not matter. */
    uint64_t whole = (uint64_t)(int64_t)((p + q + r + s) * 8.0);
    return random_mix(x ^ a ^ b ^ c ^ e ^ f ^ g ^ h ^ whole);
}

static void body(void *argument)
{
    struct worker *me = argument;
    LAB_ASSERT(running == me);
    for (;;) {
        uint64_t depth = random_below(random_at(me->number, me->turns), DEPTH);
        me->turns++;
        me->hash = work(me, (int)depth, me->hash, (double)(me->turns % 1024));
    }
}

static void start(struct worker *worker)
{
    worker->stack = fiber_stack_take();
    worker->sp = fiber_prepare(worker->stack, body, worker);
}

int main(void)
{
    uint64_t hash = 0;
    for (uint64_t i = 0; i < FIBERS; i++) {
        workers[i].number = i;
        start(&workers[i]);
    }
    for (uint64_t i = 0; i < SWITCHES; i++) {
        uint64_t draw = random_at(7, i);
        running = &workers[random_below(draw, FIBERS)];
        if (draw % 97 == 0) { /* killed where it is; another on its stack */
            fiber_stack_give(running->stack, running->sp);
            start(running);
        }
        fiber_switch(&outside_sp, running->sp);
        hash = random_mix(hash ^ running->hash ^ running->turns);
    }
    printf("%016" PRIx64 "\n", hash);
    return 0;
}
