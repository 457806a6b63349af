/* holders.h - how many hold a thing that is shared.
 * Layer: raftcore.
 *
 * Holders may be on different threads; but as long as a process has one thread
 * only, as many programs around a core have, there is nobody to be careful of,
 * and an atomic operation costs as much as twenty others. */
#ifndef RAFTCORE_HOLDERS_H
#define RAFTCORE_HOLDERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define HOLDERS_ALONE __libc_single_threaded
#endif
#endif
#ifndef HOLDERS_ALONE
#define HOLDERS_ALONE false
#endif

static inline void holders_add(atomic_size_t *holders)
{
    if (HOLDERS_ALONE) {
        size_t count = atomic_load_explicit(holders, memory_order_relaxed);
        atomic_store_explicit(holders, count + 1, memory_order_relaxed);
    } else {
        atomic_fetch_add_explicit(holders, 1, memory_order_relaxed);
    }
}

/* True: that was the last one. */
static inline bool holders_drop(atomic_size_t *holders)
{
    if (HOLDERS_ALONE) {
        size_t count = atomic_load_explicit(holders, memory_order_relaxed);
        atomic_store_explicit(holders, count - 1, memory_order_relaxed);
        return count == 1;
    }
    return atomic_fetch_sub_explicit(holders, 1, memory_order_acq_rel) == 1;
}

#endif
