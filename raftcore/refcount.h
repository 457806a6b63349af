/* refcount.h - reference counts of payloads, blocks of entries and snapshots.
 * Layer: raftcore. Any thread, each with references of its own.
 *
 * Plain loads and stores while the process is single-threaded, as many programs
 * around a core are: an atomic read-modify-write costs 20 times as much. */
#ifndef RAFTCORE_REFCOUNT_H
#define RAFTCORE_REFCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define RC_SINGLE_THREADED __libc_single_threaded
#endif
#endif
#ifndef RC_SINGLE_THREADED
#define RC_SINGLE_THREADED false
#endif

static inline void rc_refcount_add(size_t *refcount)
{
    if (RC_SINGLE_THREADED) {
        ++*refcount;
    } else {
        __atomic_fetch_add(refcount, 1, __ATOMIC_RELAXED);
    }
}

/* Return true if that was the last reference: the caller frees the object.
 * Releases what this thread did to the object, acquires what others did. */
static inline bool rc_refcount_drop(size_t *refcount)
{
    if (RC_SINGLE_THREADED) {
        return --*refcount == 0;
    }
    return __atomic_sub_fetch(refcount, 1, __ATOMIC_ACQ_REL) == 0;
}

/* Return true if somebody else has a reference. False lasts: nobody can take
 * one but through the caller's. */
static inline bool rc_refcount_shared(const size_t *refcount)
{
    return __atomic_load_n(refcount, __ATOMIC_ACQUIRE) > 1;
}

#endif
