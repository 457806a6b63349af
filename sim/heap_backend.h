/* heap_backend.h - the allocator behind calls/malloc.c: mimalloc, or the
 * address sanitizer's malloc with a record of each block's heap. Layer: sim,
 * internal. heap NULL is the framework's. NULL on failure. */
#ifndef SIM_HEAP_BACKEND_H
#define SIM_HEAP_BACKEND_H

#include <stddef.h>

#include "sim/sanitizer.h"

#ifdef SIM_ADDRESS_SANITIZER

/* heap_asan.c */
void *backend_malloc(void *heap, size_t size);
void *backend_calloc(void *heap, size_t count, size_t size);
void *backend_realloc(void *heap, void *old, size_t size);
void *backend_aligned(void *heap, size_t alignment, size_t size);
void backend_free(void *block);
size_t backend_usable(void *block);

#else

#include <mimalloc.h>

static inline void *backend_malloc(void *heap, size_t size)
{
    return heap ? mi_heap_malloc(heap, size) : mi_malloc(size);
}
static inline void *backend_calloc(void *heap, size_t count, size_t size)
{
    return heap ? mi_heap_calloc(heap, count, size) : mi_calloc(count, size);
}
static inline void *backend_realloc(void *heap, void *old, size_t size)
{
    return heap ? mi_heap_realloc(heap, old, size) : mi_realloc(old, size);
}
static inline void *backend_aligned(void *heap, size_t alignment, size_t size)
{
    return heap ? mi_heap_malloc_aligned(heap, size, alignment)
                : mi_malloc_aligned(size, alignment);
}
static inline void backend_free(void *block)
{
    mi_free(block);
}
static inline size_t backend_usable(void *block)
{
    return mi_usable_size(block);
}

#endif

#endif
