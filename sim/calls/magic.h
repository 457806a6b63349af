/* magic.h - a word inside a mutex or the like that says whether it is one.
 * Layer: sim, internal.
 *
 * 0: fresh from a static initialiser. Its own address: in use. A copy has the
 * address of the original, what was destroyed has a word that is no address. */
#ifndef SIM_CALLS_MAGIC_H
#define SIM_CALLS_MAGIC_H

#include "sim/sched.h"

struct mark {
    uint64_t word;
};

#define MARK_DESTROYED UINT64_C(0xdead0bec7dead0be)

static inline void mark_new(struct mark *mark)
{
    mark->word = (uintptr_t)mark;
}

static inline void mark_destroyed(struct mark *mark)
{
    mark->word = MARK_DESTROYED;
}

/* End the run: thread X <does> <thing> that ... */
_Noreturn void mark_wrong(const struct mark *mark, const char *does,
                          const char *thing);

static inline void mark_check(struct mark *mark, const char *does,
                              const char *thing)
{
    if (mark->word == 0) {
        mark_new(mark);
    } else if (mark->word != (uintptr_t)mark) {
        mark_wrong(mark, does, thing);
    }
}

#endif
