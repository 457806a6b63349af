/* magic.h - a word inside a mutex or the like that says whether it is one.
 * Layer: sim, internal.
 *
 * 0: fresh from a static initialiser. Its own address: in use. A copy has the
 * address of the original, what was destroyed has a word that is no address. */
#ifndef SIM_CALLS_MAGIC_H
#define SIM_CALLS_MAGIC_H

#include "sim/sched.h"

struct magic {
    uint64_t word;
};

#define MAGIC_DESTROYED UINT64_C(0xdead0bec7dead0be)

static inline void magic_set(struct magic *magic)
{
    magic->word = (uintptr_t)magic;
}

static inline void magic_destroy(struct magic *magic)
{
    magic->word = MAGIC_DESTROYED;
}

/* End the run: thread X <does> <thing> that ... */
_Noreturn void magic_fail(const struct magic *magic, const char *does,
                          const char *thing);

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
