/* random.h - counter-based random numbers: each draw is a pure function.
 * Layer: base. Any thread; there is no state. Integers only.
 *
 *     uint64_t network = random_key_text(seed, "network");
 *     uint64_t link = random_key(network, 3);
 *     uint64_t delay_ms = random_below(random_at(link, request), 27);
 *
 * A decision is a hash of the seed, the name of its stream and the counters
 * that identify it ("request 7 on link 3"), never the next number of a shared
 * generator. So one decision more or less changes no other, and runs can be
 * compared and shrunk. The idea is that of Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011). */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* Mix 64 bits: each bit of the input affects each bit of the result. Jon
 * Maiga's xmxmx, as in hash_mix() of Boost's ContainerHash. */
static inline uint64_t random_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xe9846af9b1a615d);
    x ^= x >> 32;
    x *= UINT64_C(0xe9846af9b1a615d);
    x ^= x >> 28;
    return x;
}

/* Return the key of a substream, which id identifies in the stream. */
static inline uint64_t random_key(uint64_t key, uint64_t id)
{
    return random_mix(key + UINT64_C(0x9e3779b97f4a7c15) * (id + 1));
}

/* Return the key of a substream, which a name identifies in the stream. */
uint64_t random_key_text(uint64_t key, const char *name);

/* Return draw `number` of a stream: 64 random bits. */
static inline uint64_t random_at(uint64_t key, uint64_t number)
{
    return random_mix(random_mix(key ^ UINT64_C(0xd6e8feb86659fd93)) +
                      UINT64_C(0x9e3779b97f4a7c15) * number);
}

/* Scale a draw to 0 .. bound-1, for bound > 0, by a multiplication. Unlike a
 * remainder it needs no division; its bias is below bound / 2^64. */
static inline uint64_t random_below(uint64_t draw, uint64_t bound)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)draw * bound) >> 64);
}

#endif
