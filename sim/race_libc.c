/* race_libc.c - functions of libc that read and write what an instrumented
 * plug-in passes to them, and say so.
 * Layer: sim; part of the race detector. The image's own slots for these are
 * turned here, so that nobody else pays. The checked ones (__strcpy_chk) have
 * the size of the target behind the others' arguments, where it does not
 * matter, or before the format, where they need a function of their own. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/race_state.h"
#include "sim/sanitizer.h"
#include "sim/slots.h"

#ifndef SIM_THREAD_SANITIZER

#define CALLER        __builtin_return_address(0)
#define READS(at, n)  race_access((at), (n), RACE_READ, CALLER)
#define WRITES(at, n) race_access((at), (n), RACE_WRITE, CALLER)

void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);

/* ---- Memory --------------------------------------------------------------*/

static void *watched_mempcpy(void *to, const void *from, size_t size)
{
    READS(from, size);
    WRITES(to, size);
    return mempcpy(to, from, size);
}

/* How far comparing two runs of bytes has to look. */
static size_t compared(const uint8_t *a, const uint8_t *b, size_t size)
{
    size_t i = 0;
    while (i < size && a[i] == b[i]) {
        i++;
    }
    return i < size ? i + 1 : size;
}

static int watched_memcmp(const void *a, const void *b, size_t size)
{
    size_t looked_at = compared(a, b, size);
    READS(a, looked_at);
    READS(b, looked_at);
    return memcmp(a, b, size);
}

static void *watched_memchr(const void *in, int byte, size_t size)
{
    const char *found = memchr(in, byte, size);
    READS(in, found ? (size_t)(found + 1 - (const char *)in) : size);
    return (void *)found;
}

static void *watched_memrchr(const void *in, int byte, size_t size)
{
    const char *found = memrchr(in, byte, size);
    const char *from = found ? found : in;
    READS(from, (size_t)((const char *)in + size - from));
    return (void *)found;
}

/* ---- Reading texts -------------------------------------------------------*/

/* Bytes of a text with its end, of no more than size. */
static size_t text_bytes(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    return length < size ? length + 1 : size;
}

static size_t watched_strlen(const char *text)
{
    size_t length = strlen(text);
    READS(text, length + 1);
    return length;
}

static size_t watched_strnlen(const char *text, size_t size)
{
    READS(text, text_bytes(text, size));
    return strnlen(text, size);
}

/* How far comparing two texts has to look: the end of the shorter one. */
static size_t shorter(const char *a, const char *b, size_t size)
{
    size_t of_a = text_bytes(a, size), of_b = text_bytes(b, size);
    return of_a < of_b ? of_a : of_b;
}

static int watched_strcmp(const char *a, const char *b)
{
    size_t looked_at =
        compared((const void *)a, (const void *)b, shorter(a, b, SIZE_MAX));
    READS(a, looked_at);
    READS(b, looked_at);
    return strcmp(a, b);
}

static int watched_strncmp(const char *a, const char *b, size_t size)
{
    size_t looked_at =
        compared((const void *)a, (const void *)b, shorter(a, b, size));
    READS(a, looked_at);
    READS(b, looked_at);
    return strncmp(a, b, size);
}

static int watched_strcasecmp(const char *a, const char *b)
{
    READS(a, shorter(a, b, SIZE_MAX));
    READS(b, shorter(a, b, SIZE_MAX));
    return strcasecmp(a, b);
}

static int watched_strncasecmp(const char *a, const char *b, size_t size)
{
    READS(a, shorter(a, b, size));
    READS(b, shorter(a, b, size));
    return strncasecmp(a, b, size);
}

static char *watched_strchr(const char *text, int byte)
{
    const char *found = strchr(text, byte);
    READS(text, found ? (size_t)(found + 1 - text) : strlen(text) + 1);
    return (char *)found;
}

static char *watched_strrchr(const char *text, int byte)
{
    READS(text, strlen(text) + 1);
    return strrchr(text, byte);
}

static char *watched_strstr(const char *text, const char *part)
{
    const char *found = strstr(text, part);
    READS(part, strlen(part) + 1);
    READS(text,
          found ? (size_t)(found - text) + strlen(part) : strlen(text) + 1);
    return (char *)found;
}

static char *watched_strdup(const char *text)
{
    READS(text, strlen(text) + 1);
    return strdup(text);
}

static char *watched_strndup(const char *text, size_t size)
{
    READS(text, text_bytes(text, size));
    return strndup(text, size);
}

/* ---- Writing texts -------------------------------------------------------*/

static char *watched_strcpy(char *to, const char *from)
{
    size_t size = strlen(from) + 1;
    READS(from, size);
    WRITES(to, size);
    return memcpy(to, from, size);
}

static char *watched_stpcpy(char *to, const char *from)
{
    size_t size = strlen(from) + 1;
    READS(from, size);
    WRITES(to, size);
    return (char *)memcpy(to, from, size) + size - 1;
}

static char *watched_strncpy(char *to, const char *from, size_t size)
{
    READS(from, text_bytes(from, size));
    WRITES(to, size);
    memset(to, 0, size);
    return memcpy(to, from, text_bytes(from, size));
}

static char *watched_strncat(char *to, const char *from, size_t size)
{
    size_t before = strlen(to), more = strnlen(from, size);
    READS(to, before + 1);
    READS(from, text_bytes(from, size));
    WRITES(to + before, more + 1);
    memcpy(to + before, from, more);
    to[before + more] = '\0';
    return to;
}

static char *watched_strcat(char *to, const char *from)
{
    size_t before = strlen(to), size = strlen(from) + 1;
    READS(to, before + 1);
    READS(from, size);
    WRITES(to + before, size);
    memcpy(to + before, from, size);
    return to;
}

/* What %s and %n point to is not looked at. */
static int printed(char *to, size_t size, const char *format, va_list arguments,
                   const void *pc)
{
    int length = vsnprintf(to, size, format, arguments);
    if (length >= 0 && size > 0) {
        size_t bytes = (size_t)length + 1;
        race_access(to, bytes < size ? bytes : size, RACE_WRITE, pc);
    }
    return length;
}

/* sprintf() may write as far as it wants: the size is what objects can have. */
#define UNLIMITED ((size_t)INT32_MAX)

/* What a checked function is told and this one has no use for: NOT(flag). */
#define NOT(name) __attribute__((unused)) name

#define PRINTS(name, size, ...)                                                \
    static int watched_##name(char *to, __VA_ARGS__, const char *format, ...)  \
    {                                                                          \
        va_list arguments;                                                     \
        va_start(arguments, format);                                           \
        int length = printed(to, size, format, arguments, CALLER);             \
        va_end(arguments);                                                     \
        return length;                                                         \
    }

PRINTS(snprintf, size, size_t size)
PRINTS(snprintf_chk, size, size_t size, int NOT(flag), size_t NOT(room))
PRINTS(sprintf_chk, room < UNLIMITED ? room : UNLIMITED, int NOT(flag),
       size_t room)

static int watched_sprintf(char *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = printed(to, UNLIMITED, format, arguments, CALLER);
    va_end(arguments);
    return length;
}

static int watched_vsnprintf(char *to, size_t size, const char *format,
                             va_list arguments)
{
    return printed(to, size, format, arguments, CALLER);
}

static int watched_vsnprintf_chk(char *to, size_t size, int flag, size_t room,
                                 const char *format, va_list arguments)
{
    (void)flag, (void)room;
    return printed(to, size, format, arguments, CALLER);
}

/* ---- Arrays --------------------------------------------------------------*/

/* The comparison function is the plug-in's and says itself what it reads;
 * last, so that these reads do not take the place of the write. */
static void watched_qsort(void *base, size_t count, size_t size,
                          int (*compare)(const void *, const void *))
{
    qsort(base, count, size, compare);
    WRITES(base, count * size);
}

/* ---- By name -------------------------------------------------------------*/

static const struct watched {
    const char *name;
    void (*function)(void);
} all[] = {
#define WATCHED(name, function)                                                \
    {                                                                          \
#name, (void (*)(void))(function)                                      \
    }
    WATCHED(memcpy, __tsan_memcpy),
    WATCHED(memmove, __tsan_memmove),
    WATCHED(memset, __tsan_memset),
    WATCHED(mempcpy, watched_mempcpy),
    WATCHED(memcmp, watched_memcmp),
    WATCHED(bcmp, watched_memcmp),
    WATCHED(memchr, watched_memchr),
    WATCHED(memrchr, watched_memrchr),
    WATCHED(strlen, watched_strlen),
    WATCHED(strnlen, watched_strnlen),
    WATCHED(strcmp, watched_strcmp),
    WATCHED(strncmp, watched_strncmp),
    WATCHED(strcasecmp, watched_strcasecmp),
    WATCHED(strncasecmp, watched_strncasecmp),
    WATCHED(strchr, watched_strchr),
    WATCHED(strrchr, watched_strrchr),
    WATCHED(strstr, watched_strstr),
    WATCHED(strdup, watched_strdup),
    WATCHED(__strdup, watched_strdup),
    WATCHED(strndup, watched_strndup),
    WATCHED(__strndup, watched_strndup),
    WATCHED(strcpy, watched_strcpy),
    WATCHED(stpcpy, watched_stpcpy),
    WATCHED(strncpy, watched_strncpy),
    WATCHED(strcat, watched_strcat),
    WATCHED(strncat, watched_strncat),
    WATCHED(snprintf, watched_snprintf),
    WATCHED(vsnprintf, watched_vsnprintf),
    WATCHED(sprintf, watched_sprintf),
    WATCHED(qsort, watched_qsort),
    WATCHED(__memcpy_chk, __tsan_memcpy),
    WATCHED(__memmove_chk, __tsan_memmove),
    WATCHED(__memset_chk, __tsan_memset),
    WATCHED(__mempcpy_chk, watched_mempcpy),
    WATCHED(__strcpy_chk, watched_strcpy),
    WATCHED(__stpcpy_chk, watched_stpcpy),
    WATCHED(__strncpy_chk, watched_strncpy),
    WATCHED(__strcat_chk, watched_strcat),
    WATCHED(__strncat_chk, watched_strncat),
    WATCHED(__snprintf_chk, watched_snprintf_chk),
    WATCHED(__vsnprintf_chk, watched_vsnprintf_chk),
    WATCHED(__sprintf_chk, watched_sprintf_chk),
#undef WATCHED
};

static uintptr_t watching(const char *name)
{
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i].name, name) == 0) {
            return (uintptr_t)all[i].function;
        }
    }
    return 0;
}

void race_image_loaded(const struct link_map *map)
{
    if (race_on) {
        slots_turn(map, watching);
    }
}

#endif
