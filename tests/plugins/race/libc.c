/* libc.c - what functions of libc read and write, ordered by a lock, or not.
 * Layer: tests; what students could write. */
#define _GNU_SOURCE

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "tests/plugins/race/litmus.h"

/* One thread has this, filled anew by reset() of litmus.h; the other changes
 * or reads its second byte. */
#define TEXT ((char *)s.wide.words)

static void prepare(void)
{
    if (TEXT[0] == '\0') {
        TEXT[0] = 'a';
    }
}

static void change_text(void)
{
    TEXT[1] = 'b';
}

static void read_text(void)
{
    sink = TEXT[1];
}

static const void *volatile pointer_sink;
static volatile size_t size_sink;

static int by_byte(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

static void print(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(to, size, format, arguments);
    va_end(arguments);
}

static void print_all(char *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsprintf(to, format, arguments);
    va_end(arguments);
}

/* READER(name, call): the call reads TEXT[1], as change_text() would see.
 * WRITER(name, call): it writes TEXT[1]. Both with a lock, and without. */
#define LOCKED(name, does)                                                     \
    static void name##_locked(void)                                            \
    {                                                                          \
        pthread_mutex_lock(&s.mu);                                             \
        does();                                                                \
        pthread_mutex_unlock(&s.mu);                                           \
    }

#define FUNCTION(name, call, other)                                            \
    static void does_##name(void)                                              \
    {                                                                          \
        prepare();                                                             \
        call;                                                                  \
    }                                                                          \
    LOCKED(does_##name, does_##name)                                           \
    PARTS(name, does_##name, other)                                            \
    PARTS(name##_locked, does_##name##_locked, other##_locked)

#define READER(name, call) FUNCTION(name, call, change_text)
#define WRITER(name, call) FUNCTION(name, call, read_text)

LOCKED(change_text, change_text)
LOCKED(read_text, read_text)

READER(memcmp_reads, sink = memcmp(TEXT, "aXX", 3))
READER(memchr_reads, pointer_sink = memchr(TEXT, 'z', 8))
READER(memrchr_reads, pointer_sink = memrchr(TEXT, 'z', 8))
READER(strlen_reads, size_sink = strlen(TEXT))
READER(strnlen_reads, size_sink = strnlen(TEXT, 8))
READER(strcmp_reads, sink = strcmp("ac", TEXT))
READER(strncmp_reads, sink = strncmp(TEXT, "ac", 2))
READER(strcasecmp_reads, sink = strcasecmp(TEXT, "AC"))
READER(strncasecmp_reads, sink = strncasecmp(TEXT, "AC", 2))
READER(strchr_reads, pointer_sink = strchr(TEXT, 'z'))
READER(strrchr_reads, pointer_sink = strrchr(TEXT, 'a'))
READER(strstr_reads, pointer_sink = strstr(TEXT, "zz"))
READER(strdup_reads, free(strdup(TEXT)))
READER(strndup_reads, free(strndup(TEXT, 5)))

WRITER(memcpy_writes, memcpy(TEXT, "xyz", 3))
WRITER(memmove_writes, memmove(TEXT, "xyz", 3))
WRITER(memset_writes, memset(TEXT, 'x', 3))
WRITER(mempcpy_writes, pointer_sink = mempcpy(TEXT, "xyz", 3))
WRITER(strcpy_writes, strcpy(TEXT, "xyz"))
WRITER(stpcpy_writes, pointer_sink = stpcpy(TEXT, "xyz"))
WRITER(strncpy_writes, strncpy(TEXT, "xyz", 8))
WRITER(strcat_writes, strcat(TEXT, "yz"))
WRITER(strncat_writes, strncat(TEXT, "yz", 8))
WRITER(snprintf_writes, snprintf(TEXT, 8, "%d", 123))
WRITER(sprintf_writes, sprintf(TEXT, "%d", 123))
WRITER(vsnprintf_writes, print(TEXT, 8, "%d", 123))
WRITER(bzero_writes, bzero(TEXT, 4))
WRITER(stpncpy_writes, pointer_sink = stpncpy(TEXT, "xyz", 8))
WRITER(vsprintf_writes, print_all(TEXT, "%d", 123))
WRITER(qsort_writes, qsort(TEXT, 8, 1, by_byte))

/* What is not looked at is not accused: behind the difference, the end or the
 * byte that was found. */
static void look_at_first_byte(void)
{
    prepare();
    sink = memcmp(TEXT, "bXX", 3);
    sink = strcmp(TEXT, "bXX");
    sink = strncmp(TEXT, "bXX", 3);
    pointer_sink = memchr(TEXT, 'a', 8);
    pointer_sink = strchr(TEXT, 'a');
    size_sink = strnlen(TEXT, 1);
    sink = strcasecmp(TEXT, "bXX");
    sink = strncasecmp(TEXT, "bXX", 3);
    qsort(TEXT, 1, 2, by_byte); /* nothing to sort */
}

/* As libc does it, where that is not plain. */
static void same_as_libc(void)
{
    char own[16] = "abc";
    char *volatile at = own;
    strncpy(at, at, 5);
    if (strcmp(own, "abc") != 0 || stpncpy(at, "xy", 4) != own + 2 ||
        own[3] != '\0' || stpncpy(at, "vwxyz", 4) != own + 4 ||
        strncmp(at, "vwxy", 4) != 0 || strcasecmp("ABC", "abd") >= 0 ||
        strncasecmp("ABC", "abd", 2) != 0 || snprintf(NULL, 0, "%d", 12) != 2) {
        abort();
    }
}

PARTS(the_rest_is_not_read, look_at_first_byte, change_text)
PARTS(wrappers_do_the_same, same_as_libc, same_as_libc)

/* ---- The list ------------------------------------------------------------*/

#define BOTH(name) RACES(name), FINE(name##_locked)

const struct litmus litmus_list[] = {
    BOTH(memcmp_reads),         BOTH(memchr_reads),
    BOTH(memrchr_reads),        BOTH(strlen_reads),
    BOTH(strnlen_reads),        BOTH(strcmp_reads),
    BOTH(strncmp_reads),        BOTH(strcasecmp_reads),
    BOTH(strncasecmp_reads),    BOTH(strchr_reads),
    BOTH(strrchr_reads),        BOTH(strstr_reads),
    BOTH(strdup_reads),         BOTH(strndup_reads),
    BOTH(memcpy_writes),        BOTH(memmove_writes),
    BOTH(memset_writes),        BOTH(mempcpy_writes),
    BOTH(strcpy_writes),        BOTH(stpcpy_writes),
    BOTH(strncpy_writes),       BOTH(strcat_writes),
    BOTH(strncat_writes),       BOTH(snprintf_writes),
    BOTH(sprintf_writes),       BOTH(vsnprintf_writes),
    BOTH(qsort_writes),         FINE(the_rest_is_not_read),
    FINE(wrappers_do_the_same), BOTH(bzero_writes),
    BOTH(stpncpy_writes),       BOTH(vsprintf_writes),
    {NULL, NULL, false},
};
