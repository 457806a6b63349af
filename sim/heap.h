/* heap.h - where malloc takes memory from: one heap per server, and libc's.
 * Layer: sim, internal.
 *
 * The program defines malloc and kin (calls/malloc.c). A heap is current at any
 * time: that of the server whose thread runs, or NULL, the framework's (the
 * tester and all code outside runs). */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stddef.h>

#include "sim/sanitizer.h"

#ifdef SIM_THREAD_SANITIZER

/* malloc is the sanitizer's: one heap for all. */
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

/* Use the framework's heap; returns the former one for heap_use(). */
static inline void *heap_enter(void)
{
    void *former = heap_current;
    heap_current = NULL;
    return former;
}

#endif

/* Fresh blocks hold this byte in every place; 0: they are left as they are. */
extern unsigned char heap_fill;

void *heap_new(void);
void heap_destroy(void *heap); /* and all blocks in it */

#endif
