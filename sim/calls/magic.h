/* magic.h - the magic word in a mutex or the like that tells whether it is one.
 * Layer: sim/calls. One OS thread.
 *
 * 0: fresh from a static initializer. Its own address: in use. A copy holds the
 * address of its original, and what was destroyed holds a word that is no
 * address. */
#ifndef SIM_CALLS_MAGIC_H
#define SIM_CALLS_MAGIC_H

#include "sim/sched.h"

struct magic {
    uint64_t word;
};

#define MAGIC_DESTROYED UINT64_C(0xdead0bec7dead0be)

/* The object is initialized from now on. */
static inline void magic_set(struct magic *magic)
{
    magic->word = (uintptr_t)magic;
}

/* The object is destroyed from now on. */
static inline void magic_destroy(struct magic *magic)
{
    magic->word = MAGIC_DESTROYED;
}

/* End the run with "thread X <does> <thing> that ...", such as "locks" and "a
 * mutex". */
_Noreturn void magic_fail(const struct magic *magic, const char *does,
                          const char *thing);

/* End the run in the same way, unless the object can be used. */
static inline void magic_check(struct magic *magic, const char *does,
                               const char *thing)
{
    if (magic->word == 0) {
        magic_set(magic);
    } else if (magic->word != (uintptr_t)magic) {
        magic_fail(magic, does, thing);
    }
}

#endif
