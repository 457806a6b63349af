/* heap_asan.c - servers' heaps on top of the address sanitizer's malloc: each
 * block of a server is recorded, and a crash frees them one by one.
 * Layer: sim. So the sanitizer reports a use of a dead server's memory. */
#include "base/assert.h"
#include "sim/heap.h"
#include "sim/heap_backend.h"

#ifdef SIM_ADDRESS_SANITIZER

/* Before uthash.h, so that records and their table are not recorded. */
void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *old, size_t size);
void *__interceptor_memalign(size_t alignment, size_t size);
void __interceptor_free(void *block);
size_t __interceptor_malloc_usable_size(void *block);
#define uthash_malloc(size)      __interceptor_malloc(size)
#define uthash_free(block, size) __interceptor_free(block)

#include <uthash.h>
#include <utlist.h>

struct asan_heap;

struct record {
    void *block;
    struct asan_heap *heap;
    struct record *next, *prev; /* of the same heap */
    UT_hash_handle hh;          /* of all heaps, by block */
};

struct asan_heap {
    struct record *blocks;
};

static struct record *records;

void *heap_new(void)
{
    return __interceptor_calloc(1, sizeof(struct asan_heap));
}

static void *record(void *heap, void *block)
{
    if (heap && block) { /* blocks of the framework outlive crashes */
        struct asan_heap *owner = heap;
        struct record *entry = __interceptor_malloc(sizeof(*entry));
        entry->block = block;
        entry->heap = owner;
        DL_PREPEND(owner->blocks, entry);
        HASH_ADD_PTR(records, block, entry);
    }
    return block;
}

static void forget(void *block)
{
    struct record *entry = NULL;
    if (records) {
        HASH_FIND_PTR(records, &block, entry);
    }
    if (entry) {
        LAB_ASSERT(entry->block == block);
        HASH_DEL(records, entry);
        DL_DELETE(entry->heap->blocks, entry);
        __interceptor_free(entry);
    }
}

void heap_destroy(void *heap)
{
    struct asan_heap *owner = heap;
    LAB_ASSERT(heap != NULL && heap != heap_current);
    while (owner->blocks) {
        void *block = owner->blocks->block;
        forget(block);
        __interceptor_free(block);
    }
    __interceptor_free(owner);
}

void *backend_malloc(void *heap, size_t size)
{
    return record(heap, __interceptor_malloc(size));
}

void *backend_calloc(void *heap, size_t count, size_t size)
{
    return record(heap, __interceptor_calloc(count, size));
}

void *backend_realloc(void *heap, void *old, size_t size)
{
    void *block = __interceptor_realloc(old, size);
    if (block || size == 0) { /* else the old block is still valid */
        forget(old);
    }
    return record(heap, block);
}

void *backend_aligned(void *heap, size_t alignment, size_t size)
{
    return record(heap, __interceptor_memalign(alignment, size));
}

void backend_free(void *block)
{
    forget(block);
    __interceptor_free(block);
}

size_t backend_usable(void *block)
{
    return __interceptor_malloc_usable_size(block);
}

#endif
