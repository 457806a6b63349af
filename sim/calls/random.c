/* random.c - rand() and kin: a stream of numbers for each server.
 * Layer: sim/calls. One OS thread. Drawing is free and no scheduling point.
 *
 * A seed is mixed with the key of the server instead of replacing it: otherwise
 * srand(time(NULL)) would let all servers draw the same timeouts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/assert.h"
#include "base/random.h"
#include "sim/node_internal.h"
#include "sim/real/libc.h"

static struct random_stream *stream(void)
{
    struct sim_node *node = sched.current->node;
    LAB_ASSERT(!node || node->up);
    return node ? &node->random : &sched.tester_random;
}

static uint64_t draw(void)
{
    struct random_stream *from = stream();
    uint64_t number = from->count++;
    return random_at(from->key, number);
}

static void seed(uint64_t value)
{
    struct random_stream *of = stream();
    LAB_ASSERT(sched.active);
    struct sim_node *node = sched.current->node;
    uint64_t base = random_key_text(node ? node->path : sched.seed, "seeded");
    of->key = random_key(base, value);
    of->count = 0;
}

int rand(void)
{
    return sched.active ? (int)(draw() >> 33) : REAL(rand)();
}

void srand(unsigned value)
{
    if (!sched.active) {
        REAL(srand)(value);
    } else {
        seed(value);
    }
}

long random(void)
{
    return sched.active ? (long)(draw() >> 33) : REAL(random)();
}

void srandom(unsigned value)
{
    if (!sched.active) {
        REAL(srandom)(value);
    } else {
        seed(value);
    }
}

double drand48(void)
{
    return sched.active ? (double)(draw() >> 16) / (double)(UINT64_C(1) << 48)
                        : REAL(drand48)();
}

long lrand48(void)
{
    return sched.active ? (long)(draw() >> 33) : REAL(lrand48)();
}

long mrand48(void)
{
    return sched.active ? (long)(int32_t)(draw() >> 32) : REAL(mrand48)();
}

void srand48(long value)
{
    if (!sched.active) {
        REAL(srand48)(value);
    } else {
        seed((uint64_t)value);
    }
}

/* Eight bytes per number; the last one may give fewer. */
static void fill(void *buffer, size_t size)
{
    char *at = buffer;
    while (size > 0) {
        uint64_t word = draw();
        size_t part = size < sizeof(word) ? size : sizeof(word);
        memcpy(at, &word, part);
        at += part;
        size -= part;
    }
}

ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    if (!sched.active) {
        return REAL(getrandom)(buffer, size, flags);
    }
    fill(buffer, size);
    return (ssize_t)size;
}

int getentropy(void *buffer, size_t size)
{
    if (!sched.active) {
        return REAL(getentropy)(buffer, size);
    }
    if (size > 256) { /* the limit of getentropy(), unlike getrandom() */
        errno = EIO;
        return -1;
    }
    fill(buffer, size);
    return 0;
}

uint32_t arc4random(void)
{
    return sched.active ? (uint32_t)(draw() >> 32) : REAL(arc4random)();
}

void arc4random_buf(void *buffer, size_t size)
{
    if (!sched.active) {
        REAL(arc4random_buf)(buffer, size);
    } else {
        fill(buffer, size);
    }
}

uint32_t arc4random_uniform(uint32_t bound)
{
    if (!sched.active) {
        return REAL(arc4random_uniform)(bound);
    }
    return bound ? (uint32_t)random_below(draw(), bound) : 0;
}
