/* random.h - counter-based randomness: a draw is a pure function.
 * Layer: base. Any thread; there is no state.
 *
 * A decision is a hash of the seed, the name of its stream and the counters
 * that identify it ("the third request from 0 to 2"), never the next number
 * of a shared generator. So one decision more or less shifts no other: runs
 * can be compared and shrunk. Integers only. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* A good 64-bit mixer (full avalanche). */
static inline uint64_t random_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xe9846af9b1a615d);
    x ^= x >> 32;
    x *= UINT64_C(0xe9846af9b1a615d);
    x ^= x >> 28;
    return x;
}

/* The key of a sub-stream: key of the stream and what identifies it in it. */
static inline uint64_t random_key(uint64_t key, uint64_t id)
{
    return random_mix(key + UINT64_C(0x9e3779b97f4a7c15) * (id + 1));
}

/* The same, identified by a name. */
uint64_t random_key_text(uint64_t key, const char *name);

/* The draw with this number from a stream: 64 random bits. */
static inline uint64_t random_at(uint64_t key, uint64_t number)
{
    return random_mix(random_mix(key ^ UINT64_C(0xd6e8feb86659fd93)) +
                      UINT64_C(0x9e3779b97f4a7c15) * number);
}

/* Scale a draw to 0 .. bound-1 (bound > 0), by multiplication. */
static inline uint64_t random_below(uint64_t draw, uint64_t bound)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)draw * bound) >> 64);
}

#endif
