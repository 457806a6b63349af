/* heap.h - where malloc takes memory from: one heap per server, and libc's.
 * Layer: sim, internal.
 *
 * The program defines malloc and kin (heap.c). A heap is current at any time:
 * that of the server whose thread runs, or NULL, the framework's (the tester
 * and all code outside runs). */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stddef.h>

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

void *heap_new(void);
void heap_destroy(void *heap); /* and all blocks in it */

#endif
