/* random.c - random numbers: differing ones, in their ranges, which repeat
 * after the same seed.
 * Layer: tests. */
#include <sys/random.h>

#include "tests/plugins/calls/calls.h"

uint32_t arc4random(void);
void arc4random_buf(void *buffer, size_t size);
uint32_t arc4random_uniform(uint32_t bound);

static void call_seeded(void)
{
    srand(5);
    int a = rand(), b = rand();
    srand(5);
    CHECK(a != b && rand() == a && rand() == b && a >= 0);
    srandom(5);
    long c = random(), d = random();
    srandom(5);
    CHECK(c != d && random() == c && random() == d && c >= 0);
    srand48(5);
    double e = drand48();
    long f = lrand48(), g = mrand48();
    srand48(5);
    CHECK(e >= 0 && e < 1 && drand48() == e);
    CHECK(f >= 0 && lrand48() == f);
    CHECK(mrand48() == g && g >= INT32_MIN && g <= INT32_MAX);
}

static void call_unseeded(void)
{
    uint64_t words[3] = {0, 0, 0};
    CHECK(getrandom(&words[0], sizeof(words[0]), 0) == sizeof(words[0]));
    CHECK(getentropy(&words[1], sizeof(words[1])) == 0);
    arc4random_buf(&words[2], sizeof(words[2]));
    CHECK(words[0] && words[1] && words[2]);
    CHECK(words[0] != words[1] && words[1] != words[2]);
    CHECK(arc4random() != arc4random());
    for (int i = 0; i < 100; i++) {
        CHECK(arc4random_uniform(3) < 3);
    }
}

void call_random(void)
{
    call_seeded();
    call_unseeded();
}
