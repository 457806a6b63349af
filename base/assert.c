/* assert.c - ends the run when an invariant does not hold.
 * Layer: base. Nothing is allocated, because memory may have run out. */
#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void (*assert_hook)(const char *message);

void lab_assert_set_hook(void (*hook)(const char *message))
{
    assert_hook = hook;
}

/* Remove the hook before it runs: an assertion that fails inside of it then
 * prints and aborts instead of calling the hook again. */
static _Noreturn void fail(const char *message)
{
    void (*hook)(const char *) = assert_hook;
    assert_hook = NULL;
    if (hook) {
        hook(message);
    }
    fprintf(stderr, "%s\n", message);
    fflush(stderr);
    abort();
}

void lab_assert_failed(const char *fact, const char *file, int line,
                       const char *function)
{
    char message[512];
    snprintf(message, sizeof(message), "%s:%d: %s: assertion failed: %s", file,
             line, function, fact);
    fail(message);
}

void lab_bug(const char *file, int line, const char *function,
             const char *format, ...)
{
    char text[768]; /* what does not fit is cut off */
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    snprintf(message, sizeof(message), "%s:%d: %s: %s", file, line, function,
             text);
    fail(message);
}
