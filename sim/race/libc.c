/* libc.c - functions of libc that access the memory of their caller, with
 * these accesses reported to the detector.
 * Layer: sim; part of the race detector.
 *
 * libc is not instrumented. So when an instrumented plug-in is loaded, its
 * import slots for these functions are redirected here. Other code still
 * calls libc's. */
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

#include "sim/image/imports.h"
#include "sim/race/memory.h"
#include "sim/sanitizer.h"

#ifndef SIM_THREAD_SANITIZER

#define CALLER        __builtin_return_address(0)
#define READS(at, n)  race_access((at), (n), RACE_READ, CALLER)
#define WRITES(at, n) race_access((at), (n), RACE_WRITE, CALLER)

void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);

/* Defined by libc, but declared by its headers for fortified code only. */
int __vsnprintf_chk(char *to, size_t size, int flag, size_t room,
                    const char *format, va_list arguments);
int __vsprintf_chk(char *to, int flag, size_t room, const char *format,
                   va_list arguments);
_Noreturn void __chk_fail(void);

/* ---- Memory --------------------------------------------------------------*/

static void *watched_mempcpy(void *to, const void *from, size_t size)
{
    READS(from, size);
    WRITES(to, size);
    return mempcpy(to, from, size);
}

/* Return how many bytes a comparison reads: up to the first difference. A
 * libc may read on, but the program has no right to rely on it. */
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

static void watched_bzero(void *at, size_t size)
{
    WRITES(at, size);
    memset(at, 0, size);
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

/* Return the bytes of a text with its final zero, at most size. */
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

/* Return how many bytes a comparison of texts reads: up to the first
 * difference, or the end of both. */
static size_t texts_compared(const char *a, const char *b, size_t size,
                             bool any_case)
{
    size_t i = 0;
    for (; i < size; i++) {
        int x = (unsigned char)a[i], y = (unsigned char)b[i];
        bool same = any_case ? tolower(x) == tolower(y) : x == y;
        if (!same || x == '\0') {
            return i + 1;
        }
    }
    return i;
}

#define READ_BOTH(bytes)                                                       \
    size_t looked_at = (bytes);                                                \
    READS(a, looked_at);                                                       \
    READS(b, looked_at)

static int watched_strcmp(const char *a, const char *b)
{
    READ_BOTH(texts_compared(a, b, SIZE_MAX, false));
    return strcmp(a, b);
}

static int watched_strncmp(const char *a, const char *b, size_t size)
{
    READ_BOTH(texts_compared(a, b, size, false));
    return strncmp(a, b, size);
}

static int watched_strcasecmp(const char *a, const char *b)
{
    READ_BOTH(texts_compared(a, b, SIZE_MAX, true));
    return strcasecmp(a, b);
}

static int watched_strncasecmp(const char *a, const char *b, size_t size)
{
    READ_BOTH(texts_compared(a, b, size, true));
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

static char *watched_stpncpy(char *to, const char *from, size_t size)
{
    size_t length = strnlen(from, size);
    READS(from, text_bytes(from, size));
    WRITES(to, size);
    memmove(to, from, length);
    return memset(to + length, 0, size - length);
}

static char *watched_strncpy(char *to, const char *from, size_t size)
{
    size_t length = strnlen(from, size);
    READS(from, text_bytes(from, size));
    WRITES(to, size);
    memmove(to, from, length);
    memset(to + length, 0, size - length);
    return to;
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

/* Report the write of a text that was printed, of `length` characters, cut to
 * `size` bytes. What %s reads and %n writes is not reported. */
static int printed(char *to, size_t size, int length, const void *pc)
{
    if (length >= 0 && size > 0) {
        size_t bytes = (size_t)length + 1;
        race_access(to, bytes < size ? bytes : size, RACE_WRITE, pc);
    }
    return length;
}

#define PRINTS(name, size, call, ...)                                          \
    static int watched_##name(char *to, __VA_ARGS__, ...)                      \
    {                                                                          \
        va_list arguments;                                                     \
        va_start(arguments, format);                                           \
        int length = call;                                                     \
        va_end(arguments);                                                     \
        return printed(to, size, length, CALLER);                              \
    }

/* clang-format off */
PRINTS(snprintf, size, vsnprintf(to, size, format, arguments),
       size_t size, const char *format)
PRINTS(sprintf, SIZE_MAX, vsprintf(to, format, arguments),
       const char *format)
PRINTS(snprintf_chk, size,
       __vsnprintf_chk(to, size, flag, room, format, arguments),
       size_t size, int flag, size_t room, const char *format)
PRINTS(sprintf_chk, SIZE_MAX,
       __vsprintf_chk(to, flag, room, format, arguments),
       int flag, size_t room, const char *format)
/* clang-format on */

static int watched_vsnprintf(char *to, size_t size, const char *format,
                             va_list arguments)
{
    return printed(to, size, vsnprintf(to, size, format, arguments), CALLER);
}

static int watched_vsprintf(char *to, const char *format, va_list arguments)
{
    return printed(to, SIZE_MAX, vsprintf(to, format, arguments), CALLER);
}

static int watched_vsnprintf_chk(char *to, size_t size, int flag, size_t room,
                                 const char *format, va_list arguments)
{
    int length = __vsnprintf_chk(to, size, flag, room, format, arguments);
    return printed(to, size, length, CALLER);
}

static int watched_vsprintf_chk(char *to, int flag, size_t room,
                                const char *format, va_list arguments)
{
    int length = __vsprintf_chk(to, flag, room, format, arguments);
    return printed(to, SIZE_MAX, length, CALLER);
}

/* ---- Fortified variants --------------------------------------------------*/

/* What a plug-in calls that was compiled with _FORTIFY_SOURCE: the same, if
 * the target has room. */
#define CHECKED(type, name, needed, call, ...)                                 \
    static type watched_##name##_chk(__VA_ARGS__, size_t room)                 \
    {                                                                          \
        if ((needed) > room) {                                                 \
            __chk_fail();                                                      \
        }                                                                      \
        return call;                                                           \
    }

/* clang-format off */
#define TO_BYTES void *to, const void *from, size_t size
#define TO_TEXT  char *to, const char *from
CHECKED(void *, memcpy, size, __tsan_memcpy(to, from, size), TO_BYTES)
CHECKED(void *, memmove, size, __tsan_memmove(to, from, size), TO_BYTES)
CHECKED(void *, mempcpy, size, watched_mempcpy(to, from, size), TO_BYTES)
CHECKED(void *, memset, size, __tsan_memset(to, byte, size),
        void *to, int byte, size_t size)
CHECKED(char *, strcpy, strlen(from) + 1, watched_strcpy(to, from), TO_TEXT)
CHECKED(char *, stpcpy, strlen(from) + 1, watched_stpcpy(to, from), TO_TEXT)
CHECKED(char *, strcat, strlen(to) + strlen(from) + 1,
        watched_strcat(to, from), TO_TEXT)
CHECKED(char *, strncpy, size, watched_strncpy(to, from, size),
        TO_TEXT, size_t size)
CHECKED(char *, stpncpy, size, watched_stpncpy(to, from, size),
        TO_TEXT, size_t size)
CHECKED(char *, strncat, strlen(to) + strnlen(from, size) + 1,
        watched_strncat(to, from, size), TO_TEXT, size_t size)
/* clang-format on */

/* ---- Arrays --------------------------------------------------------------*/

/* The comparison function is the plug-in's: its own instrumentation reports
 * what it reads. The write comes last, so that these reads do not replace it
 * in the cells. */
static void watched_qsort(void *base, size_t count, size_t size,
                          int (*compare)(const void *, const void *))
{
    qsort(base, count, size, compare);
    if (count > 1) {
        WRITES(base, count * size);
    }
}

/* ---- Pages ---------------------------------------------------------------*/

/* Mapping allocates memory, unmapping frees it. */
static void *watched_mmap(void *at, size_t size, int protection, int flags,
                          int fd, off_t offset)
{
    void *mapped = mmap(at, size, protection, flags, fd, offset);
    if (mapped != MAP_FAILED) {
        race_allocated(mapped, size);
    }
    return mapped;
}

static int watched_munmap(void *at, size_t size)
{
    int err = munmap(at, size);
    if (err == 0) {
        race_freed(at, size);
    }
    return err;
}

/* ---- Redirecting an image ------------------------------------------------*/

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
    WATCHED(bzero, watched_bzero),
    WATCHED(strcpy, watched_strcpy),
    WATCHED(stpcpy, watched_stpcpy),
    WATCHED(strncpy, watched_strncpy),
    WATCHED(stpncpy, watched_stpncpy),
    WATCHED(strcat, watched_strcat),
    WATCHED(strncat, watched_strncat),
    WATCHED(snprintf, watched_snprintf),
    WATCHED(vsnprintf, watched_vsnprintf),
    WATCHED(sprintf, watched_sprintf),
    WATCHED(vsprintf, watched_vsprintf),
    WATCHED(qsort, watched_qsort),
    WATCHED(mmap, watched_mmap),
    WATCHED(mmap64, watched_mmap),
    WATCHED(munmap, watched_munmap),
    WATCHED(__memcpy_chk, watched_memcpy_chk),
    WATCHED(__memmove_chk, watched_memmove_chk),
    WATCHED(__memset_chk, watched_memset_chk),
    WATCHED(__mempcpy_chk, watched_mempcpy_chk),
    WATCHED(__strcpy_chk, watched_strcpy_chk),
    WATCHED(__stpcpy_chk, watched_stpcpy_chk),
    WATCHED(__strncpy_chk, watched_strncpy_chk),
    WATCHED(__stpncpy_chk, watched_stpncpy_chk),
    WATCHED(__strcat_chk, watched_strcat_chk),
    WATCHED(__strncat_chk, watched_strncat_chk),
    WATCHED(__snprintf_chk, watched_snprintf_chk),
    WATCHED(__vsnprintf_chk, watched_vsnprintf_chk),
    WATCHED(__sprintf_chk, watched_sprintf_chk),
    WATCHED(__vsprintf_chk, watched_vsprintf_chk),
#undef WATCHED
};

/* For imports_redirect(): the function that replaces one of libc; 0: none. */
static uintptr_t watched_function(const char *name)
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
        imports_redirect(map, watched_function);
    }
}

#endif
