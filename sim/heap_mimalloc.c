/* heap_mimalloc.c - servers' heaps are heaps of mimalloc: a crash destroys one
 * with all of its blocks, in constant time per page.
 * Layer: sim. mimalloc ties a heap to the OS thread that made it: there is one.
 */
#include "base/assert.h"
#include "sim/heap.h"
#include "sim/heap_backend.h"

#ifndef SIM_ADDRESS_SANITIZER

void *heap_new(void)
{
    void *heap = mi_heap_new();
    LAB_ASSERT(heap != NULL);
    return heap;
}

void heap_destroy(void *heap)
{
    LAB_ASSERT(heap != NULL);
    LAB_ASSERT(heap != heap_current); /* malloc would take from it next */
    mi_heap_destroy(heap);
}

#endif
