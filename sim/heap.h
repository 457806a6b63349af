/* heap.h - where malloc takes memory from: a heap per server, and one more.
 * Layer: sim, internal. One OS thread.
 *
 * The program defines malloc and kin (calls/malloc.c). They take from the
 * current heap: that of the server whose thread runs, or NULL, the framework's,
 * which the tester and all code outside of runs use. */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stddef.h>

#include "sim/sanitizer.h"

#ifdef SIM_THREAD_SANITIZER

/* malloc is the sanitizer's: there is one heap. */
static inline void heap_use(void *heap)
{
    (void)heap;
}
static inline void *heap_enter(void)
{
    return NULL;
}

#else

extern void *heap_current;

static inline void heap_use(void *heap)
{
    heap_current = heap;
}

/* Use the framework's heap. Returns the former one, for heap_use(). */
static inline void *heap_enter(void)
{
    void *former = heap_current;
    heap_current = NULL;
    return former;
}

#endif

/* The byte that fills fresh blocks; 0: they are left as they are. */
extern unsigned char heap_fill;

/* Create a heap; destroy one with all of its blocks: heap_mimalloc.c, or
 * heap_asan.c in builds for the address sanitizer. */
void *heap_new(void);
void heap_destroy(void *heap);

#endif
