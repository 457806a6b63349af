/* malloc.c - malloc and kin of the whole process, from the current heap.
 * Layer: sim/calls. During a run one OS thread; outside of runs any thread, as
 * heap_current is NULL then.
 *
 * A call from libc or the dynamic linker takes from the framework's heap, on
 * whichever server's thread: buffers of stdio, time zone data and link maps
 * must outlive the server that happened to cause them. Such a call is
 * recognized by its return address. */
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "sim/heap.h"
#include "sim/heap_backend.h"
#include "sim/image/libc_range.h"
#include "sim/race/race.h"
#include "sim/sched.h"

/* A larger request is a wrong size (say, a negative one): it fails as anywhere,
 * without a verdict. */
#define ABSURD_BYTES ((size_t)1 << 40)

static void *heap_for(const void *caller)
{
    return heap_current && !libc_contains(caller) ? heap_current : NULL;
}

/* The allocator has no more memory: end the run. Almost no code handles this,
 * and the limit is far above what a Raft needs. */
static void *refused(size_t size)
{
    if (sched.active && size < ABSURD_BYTES) {
        int server = sim_server();
        heap_use(NULL); /* the report needs some, too */
        sim_fail(SIM_MEMORY,
                 server < 0 ? "the tester ran out of memory (%d, %zu bytes)"
                            : "server %d reached the memory limit of the run "
                              "when it asked for %zu bytes: does it free what "
                              "it no longer needs?",
                 server, size);
    }
    errno = ENOMEM;
    return NULL;
}

#define CALLER __builtin_return_address(0)

/* Fill all bytes that the block really has, from `from` on: realloc() may hand
 * out the rest later without a new block. */
static void *filled(void *block, size_t from)
{
    size_t size = block ? backend_usable(block) : 0;
    if (size > from) {
        memset((char *)block + from, heap_fill, size - from);
    }
    return block;
}

/* Tell the race detector of blocks that are handed out and back. */
static void *handed_out(void *block)
{
    if (race_on && block) {
        race_allocated(block, backend_usable(block));
    }
    return block;
}

static void handed_back(void *block)
{
    if (race_on && block) {
        race_freed(block, backend_usable(block));
    }
}

static inline void *allocate(void *heap, size_t size)
{
    void *block = backend_malloc(heap, size);
    if (heap_fill) {
        filled(block, 0);
    }
    return block ? handed_out(block) : refused(size);
}

void *malloc(size_t size)
{
    return allocate(heap_for(CALLER), size);
}

void free(void *block)
{
    handed_back(block);
    backend_free(block);
}

void *calloc(size_t count, size_t size)
{
    void *heap = heap_for(CALLER);
    void *block = backend_calloc(heap, count, size);
    return block ? handed_out(block)
                 : refused(count > ABSURD_BYTES ? count : size);
}

static void *reallocate(void *heap, void *old, size_t size)
{
    handed_back(old); /* the block may move: then all of it was freed */
    size_t former = heap_fill && old ? backend_usable(old) : 0;
    void *block = backend_realloc(heap, old, size);
    if (heap_fill) {
        filled(block, former);
    }
    return block ? handed_out(block) : refused(size);
}

void *realloc(void *old, size_t size)
{
    return reallocate(heap_for(CALLER), old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return reallocate(heap_for(CALLER), old, bytes);
}

static void *aligned(void *heap, size_t alignment, size_t size)
{
    void *block = backend_aligned(heap, alignment, size);
    if (heap_fill) {
        filled(block, 0);
    }
    return block ? handed_out(block) : refused(size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return aligned(heap_for(CALLER), alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    return aligned(heap_for(CALLER), alignment, size);
}

void *valloc(size_t size)
{
    return aligned(heap_for(CALLER), (size_t)getpagesize(), size);
}

void *pvalloc(size_t size)
{
    /* Whole pages, and at least one. */
    size_t page = (size_t)getpagesize();
    size_t pages = size / page + (size % page != 0);
    return aligned(heap_for(CALLER), page, pages ? pages * page : page);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    /* A power of two and a multiple of the size of a pointer. */
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 ||
        alignment == 0) {
        return EINVAL;
    }
    void *got = aligned(heap_for(CALLER), alignment, size);
    if (!got) {
        return ENOMEM;
    }
    *block = got;
    return 0;
}

size_t malloc_usable_size(void *block)
{
    return backend_usable(block);
}

/* libc's versions would call malloc from inside libc, and so take from the
 * framework's heap: a crash of the server would not free their blocks. */

static char *duplicate(void *heap, const char *text, size_t size)
{
    char *copy = allocate(heap, size + 1);
    if (copy) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

char *(strdup)(const char *text)
{
    return duplicate(heap_for(CALLER), text, strlen(text));
}

char *(strndup)(const char *text, size_t most)
{
    return duplicate(heap_for(CALLER), text, strnlen(text, most));
}

char *__strdup(const char *text);
char *__strdup(const char *text)
{
    return duplicate(heap_for(CALLER), text, strlen(text));
}

char *__strndup(const char *text, size_t most);
char *__strndup(const char *text, size_t most)
{
    return duplicate(heap_for(CALLER), text, strnlen(text, most));
}

wchar_t *(wcsdup)(const wchar_t *text)
{
    size_t size = (wcslen(text) + 1) * sizeof(wchar_t);
    wchar_t *copy = allocate(heap_for(CALLER), size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static int print(void *heap, char **out, const char *format, va_list args)
{
    va_list again; /* the first pass uses args up */
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    *out = size < 0 ? NULL : allocate(heap, (size_t)size + 1);
    return *out ? vsnprintf(*out, (size_t)size + 1, format, args) : -1;
}

int(vasprintf)(char **out, const char *format, va_list args)
{
    return print(heap_for(CALLER), out, format, args);
}

int(asprintf)(char **out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = print(heap_for(CALLER), out, format, args);
    va_end(args);
    return size;
}

int __vasprintf_chk(char **out, int flag, const char *format, va_list args);
int __vasprintf_chk(char **out, int flag, const char *format, va_list args)
{
    (void)flag;
    return print(heap_for(CALLER), out, format, args);
}

int __asprintf_chk(char **out, int flag, const char *format, ...);
int __asprintf_chk(char **out, int flag, const char *format, ...)
{
    (void)flag;
    va_list args;
    va_start(args, format);
    int size = print(heap_for(CALLER), out, format, args);
    va_end(args);
    return size;
}
