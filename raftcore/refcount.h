/* refcount.h - how many hold a thing that is shared.
 * Layer: raftcore.
 *
 * Holders may be on different threads; but as long as a process has one thread
 * only, as many programs around a core have, there is nobody to be careful of,
 * and an atomic operation costs as much as twenty others. */
#ifndef RAFTCORE_REFCOUNT_H
#define RAFTCORE_REFCOUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define RC_REFCOUNT_SINGLE_THREADED __libc_single_threaded
#endif
#endif
#ifndef RC_REFCOUNT_SINGLE_THREADED
#define RC_REFCOUNT_SINGLE_THREADED false
#endif

static inline void rc_refcount_add(atomic_size_t *refcount)
{
    if (RC_REFCOUNT_SINGLE_THREADED) {
        size_t count = atomic_load_explicit(refcount, memory_order_relaxed);
        atomic_store_explicit(refcount, count + 1, memory_order_relaxed);
    } else {
        atomic_fetch_add_explicit(refcount, 1, memory_order_relaxed);
    }
}

/* True: that was the last one. */
static inline bool rc_refcount_drop(atomic_size_t *refcount)
{
    if (RC_REFCOUNT_SINGLE_THREADED) {
        size_t count = atomic_load_explicit(refcount, memory_order_relaxed);
        atomic_store_explicit(refcount, count - 1, memory_order_relaxed);
        return count == 1;
    }
    return atomic_fetch_sub_explicit(refcount, 1, memory_order_acq_rel) == 1;
}

#endif
