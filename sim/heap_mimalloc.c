/* heap_mimalloc.c - servers' heaps are heaps of mimalloc: a crash destroys one
 * with all of its blocks, in constant time per page.
 * Layer: sim. */
#include "sim/heap.h"
#include "sim/heap_backend.h"

#ifndef SIM_ADDRESS_SANITIZER

void *heap_new(void)
{
    return mi_heap_new();
}

void heap_destroy(void *heap)
{
    mi_heap_destroy(heap);
}

#endif
