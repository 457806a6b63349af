/* calls.c - what code compiled with -fsanitize=thread calls at accesses to
 * memory, and at the entry and exit of functions.
 * Layer: sim; part of the race detector. Exported to plug-ins. While the
 * detector is off, none of them does anything.
 *
 * Names and types are those of gcc and clang (compiler-rt, tsan_interface.h).
 * In a build for the thread sanitizer its runtime defines them instead. */
#include <stddef.h>
#include <string.h>

#include "sim/race/context.h"
#include "sim/race/memory.h"
#include "sim/sanitizer.h"

#ifndef SIM_THREAD_SANITIZER

#define CALLER __builtin_return_address(0)

#define ACCESS(name, size, kind)                                               \
    void __tsan_##name(void *at);                                              \
    void __tsan_##name(void *at)                                               \
    {                                                                          \
        race_access(at, size, kind, CALLER);                                   \
    }                                                                          \
    void __tsan_##name##_pc(void *at, void *pc);                               \
    void __tsan_##name##_pc(void *at, void *pc)                                \
    {                                                                          \
        race_access(at, size, kind, pc);                                       \
    }

#define ACCESSES(prefix, size)                                                 \
    ACCESS(prefix##read##size, size, RACE_READ)                                \
    ACCESS(prefix##write##size, size, RACE_WRITE)

/* In C a volatile access orders nothing: it is an access like any other. */
#define ALL_ACCESSES(size)                                                     \
    ACCESSES(, size)                                                           \
    ACCESSES(unaligned_, size)                                                 \
    ACCESSES(volatile_, size)                                                  \
    ACCESSES(unaligned_volatile_, size)                                        \
    ACCESS(read_write##size, size, RACE_WRITE)                                 \
    ACCESS(unaligned_read_write##size, size, RACE_WRITE)

ALL_ACCESSES(1)
ALL_ACCESSES(2)
ALL_ACCESSES(4)
ALL_ACCESSES(8)
ALL_ACCESSES(16)

ACCESS(vptr_read, sizeof(void *), RACE_READ)

/* Storing the value that is there already is no race (C++ destructors). */
void __tsan_vptr_update(void **at, void *value);
void __tsan_vptr_update(void **at, void *value)
{
    if (*at != value) {
        race_access(at, sizeof(*at), RACE_WRITE, CALLER);
    }
}

#define RANGE(name, kind)                                                      \
    void __tsan_##name##_range(void *at, size_t size);                         \
    void __tsan_##name##_range(void *at, size_t size)                          \
    {                                                                          \
        race_access(at, size, kind, CALLER);                                   \
    }                                                                          \
    void __tsan_##name##_range_pc(void *at, size_t size, void *pc);            \
    void __tsan_##name##_range_pc(void *at, size_t size, void *pc)             \
    {                                                                          \
        race_access(at, size, kind, pc);                                       \
    }

RANGE(read, RACE_READ)
RANGE(write, RACE_WRITE)

/* ---- Entry and exit of functions -----------------------------------------*/

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc);
void __tsan_func_entry(void *pc)
{
    struct race_thread *me = race_me();
    if (!me) {
        return;
    }
    /* Deeper calls are counted only: the context stays that of the last one
     * that there is room for. */
    if (me->depth < RACE_DEPTH) {
        me->stack[me->depth] = me->context;
        me->context = race_context_enter(me->context, pc);
    }
    me->depth++;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
    struct race_thread *me = race_me();
    /* 0: the function was entered before the thread was watched. */
    if (me && me->depth > 0 && --me->depth < RACE_DEPTH) {
        me->context = me->stack[me->depth];
    }
}

void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_begin(void)
{
}

void __tsan_ignore_thread_end(void);
void __tsan_ignore_thread_end(void)
{
}

/* ---- Copying -------------------------------------------------------------*/

/* clang calls these in place of libc's. For gcc, libc.c redirects the calls of
 * libc's to them. */
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size)
{
    race_access(from, size, RACE_READ, CALLER);
    race_access(to, size, RACE_WRITE, CALLER);
    return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size)
{
    race_access(from, size, RACE_READ, CALLER);
    race_access(to, size, RACE_WRITE, CALLER);
    return memmove(to, from, size);
}

void *__tsan_memset(void *to, int byte, size_t size);
void *__tsan_memset(void *to, int byte, size_t size)
{
    race_access(to, size, RACE_WRITE, CALLER);
    return memset(to, byte, size);
}

#endif
